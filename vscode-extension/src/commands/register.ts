import { commands, window, type Disposable, type Uri } from "vscode";
import { messageOf } from "../errors";

/**
 * Registers a command of which a failure is told to whoever called it, in words of the error alone. Called from a menu,
 * a command is given the resource that the menu belongs to, and in the explorer all that are selected.
 */
export function registerCommand(name: string, run: (resource?: Uri, selected?: Uri[]) => Promise<void>): Disposable {
    return commands.registerCommand(`pickleLsp.${name}`, async (resource?: Uri, selected?: Uri[]) => {
        try {
            await run(resource, selected);
        } catch (error) {
            void window.showErrorMessage(messageOf(error));
        }
    });
}
