import { commands, window, type Disposable, type Uri } from "vscode";
import { messageOf } from "../errors";

/**
 * Registers a command of which a failure is told to whoever called it, in words of the error alone. Called from a menu,
 * a command is given the resource that the menu belongs to.
 */
export function registerCommand(name: string, run: (resource?: Uri) => Promise<void>): Disposable {
    return commands.registerCommand(`pickleLsp.${name}`, async (resource?: Uri) => {
        try {
            await run(resource);
        } catch (error) {
            void window.showErrorMessage(messageOf(error));
        }
    });
}
