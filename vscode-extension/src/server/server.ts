import {
    commands,
    EventEmitter,
    l10n,
    Uri,
    window,
    workspace,
    type Disposable,
    type Event,
    type ExtensionContext,
    type LogOutputChannel,
} from "vscode";
import {
    RevealOutputChannelOn,
    State,
    type LanguageClient,
    type LanguageClientOptions,
    type RequestType,
} from "vscode-languageclient/node";
import { messageOf } from "../errors";
import { LANGUAGE, SCHEME, toProtocolUri } from "../listing/uri";
import { findServerBinary } from "./binary";
import { ListingClient } from "./client";

/** How the server is doing, for the status item and for whoever waits for it to come back. */
export type Health = { state: "starting" | "running" | "stopped" } | { state: "failed"; reason: string };

/** A running client and the program it talks to. */
export interface Connection {
    client: LanguageClient;
    command: string;
}

/** The server process over its whole life: started when first needed, restarted on request or when its settings change. */
export class Server implements Disposable {
    readonly log: LogOutputChannel = window.createOutputChannel("Pickle", { log: true });

    private readonly healthChanged = new EventEmitter<Health>();
    readonly onDidChangeHealth: Event<Health> = this.healthChanged.event;
    private currentHealth: Health = { state: "stopped" };

    private readonly listingRefreshed = new EventEmitter<Uri>();
    /** The listing at a URI would now read differently. */
    readonly onDidRefreshListing: Event<Uri> = this.listingRefreshed.event;

    private connection: Promise<Connection> | undefined;
    private readonly settingsListener: Disposable;

    constructor(private readonly context: ExtensionContext) {
        this.settingsListener = workspace.onDidChangeConfiguration((event) => {
            if (event.affectsConfiguration("pickleLsp.server")) {
                void this.restart();
            }
        });
    }

    get health(): Health {
        return this.currentHealth;
    }

    /**
     * The connection, made now if there is none. A failure to make one is remembered until `restart`, so that ten tabs
     * restored at once complain once.
     */
    connect(): Promise<Connection> {
        this.connection ??= this.start();
        return this.connection;
    }

    async request<P, R>(type: RequestType<P, R, void>, params: P): Promise<R> {
        const { client } = await this.connect();
        return client.sendRequest<R>(type.method, params);
    }

    async restart(): Promise<void> {
        await this.stop();
        await this.connect().catch(() => {
            // Reported by `start`.
        });
    }

    async stop(): Promise<void> {
        const connection = this.connection;
        this.connection = undefined;
        if (connection === undefined) {
            return;
        }
        try {
            const { client } = await connection;
            await client.dispose();
        } catch (error) {
            // It never started, or it would not stop in time: either way there is nothing left to talk to.
            this.log.warn(messageOf(error));
        }
        this.setHealth({ state: "stopped" });
    }

    dispose(): void {
        this.settingsListener.dispose();
        this.healthChanged.dispose();
        this.listingRefreshed.dispose();
        this.log.dispose();
    }

    private async start(): Promise<Connection> {
        this.setHealth({ state: "starting" });
        try {
            const binary = await findServerBinary(this.context);
            this.log.info(`Starting ${binary.command}`);
            const client = new ListingClient(
                {
                    command: binary.command,
                    args: ["server"],
                    options: { env: { ...process.env, ...binary.env } },
                },
                this.clientOptions(),
                (uri) => {
                    this.listingRefreshed.fire(uri);
                },
            );
            client.onDidChangeState(({ newState }) => {
                this.setHealth(healthOf(newState));
            });
            await client.start().catch((error: unknown) => {
                // Alone it would read "write EPIPE".
                throw new Error(l10n.t("{0} did not start as a server: {1}", binary.command, messageOf(error)), { cause: error });
            });
            return { client, command: binary.command };
        } catch (error) {
            const reason = messageOf(error);
            this.setHealth({ state: "failed", reason });
            this.log.error(reason);
            void this.reportFailure(reason);
            throw error;
        }
    }

    private clientOptions(): LanguageClientOptions {
        return {
            documentSelector: [
                { scheme: SCHEME, language: LANGUAGE },
                { scheme: "file", language: LANGUAGE },
                { scheme: "untitled", language: LANGUAGE },
                { scheme: "file", language: "python" },
            ],
            diagnosticCollectionName: "pickle-lsp",
            uriConverters: { code2Protocol: toProtocolUri, protocol2Code: (uri) => Uri.parse(uri) },
            outputChannel: this.log,
            // A log that jumps in front of what is being read helps nobody; the status item shows trouble.
            revealOutputChannelOn: RevealOutputChannelOn.Never,
        };
    }

    private setHealth(health: Health): void {
        this.currentHealth = health;
        this.healthChanged.fire(health);
    }

    private async reportFailure(reason: string): Promise<void> {
        const settings = l10n.t("Open Settings");
        const log = l10n.t("Show Log");
        const chosen = await window.showErrorMessage(
            l10n.t("The pickle server could not be started. {0}", reason),
            settings,
            log,
        );
        if (chosen === settings) {
            await commands.executeCommand("workbench.action.openSettings", "pickleLsp.server.path");
        } else if (chosen === log) {
            this.log.show();
        }
    }
}

function healthOf(state: State): Health {
    switch (state) {
        case State.Starting:
            return { state: "starting" };
        case State.Running:
            return { state: "running" };
        case State.Stopped:
        case State.StartFailed:
            return { state: "stopped" };
    }
}
