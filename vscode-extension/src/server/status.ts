import { Disposable, l10n, languages, LanguageStatusSeverity, type LanguageStatusItem } from "vscode";
import { LANGUAGE } from "../listing/uri";
import type { Health, Server } from "./server";

/** Shows the health of the server in the language status of listings. */
export function showServerStatus(server: Server): Disposable {
    const item = languages.createLanguageStatusItem("pickleLsp.server", { language: LANGUAGE });
    item.name = l10n.t("Pickle Server");
    render(item, server.health);
    const listener = server.onDidChangeHealth((health) => {
        render(item, health);
    });
    return Disposable.from(listener, item);
}

function render(item: LanguageStatusItem, health: Health): void {
    const restart = { command: "pickleLsp.restartServer", title: l10n.t("Restart") };
    const log = { command: "pickleLsp.showServerLog", title: l10n.t("Show Log") };
    item.busy = health.state === "starting";
    item.detail = health.state === "failed" ? health.reason : "";
    switch (health.state) {
        case "starting":
            item.text = l10n.t("Pickle server: starting");
            item.severity = LanguageStatusSeverity.Information;
            item.command = log;
            break;
        case "running":
            item.text = l10n.t("Pickle server: running");
            item.severity = LanguageStatusSeverity.Information;
            item.command = log;
            break;
        case "stopped":
            item.text = l10n.t("Pickle server: stopped");
            item.severity = LanguageStatusSeverity.Warning;
            item.command = restart;
            break;
        case "failed":
            item.text = l10n.t("Pickle server: could not be started");
            item.severity = LanguageStatusSeverity.Error;
            item.command = restart;
            break;
    }
}
