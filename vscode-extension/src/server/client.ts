import type { Uri } from "vscode";
import {
    LanguageClient,
    TextDocumentContentRefreshRequest,
    TextDocumentContentRequest,
    type ClientCapabilities,
    type DynamicFeature,
    type FeatureState,
    type LanguageClientOptions,
    type ServerOptions,
    type StaticFeature,
} from "vscode-languageclient/node";

type Feature = Parameters<LanguageClient["registerFeature"]>[0];

/**
 * A language client whose virtual documents come from our own file system.
 *
 * The stock client answers `workspace/textDocumentContent` with a content provider. Tabs of such a provider are lost when
 * the window is reloaded, and VS Code would have two sources for one scheme; so that feature is left out. What it told
 * the server has to be told all the same: a client without the capability is given copies on disk instead.
 */
export class ListingClient extends LanguageClient {
    constructor(
        serverOptions: ServerOptions,
        clientOptions: LanguageClientOptions,
        /** The server says that a listing would now read differently. */
        onRefresh: (uri: Uri) => void,
    ) {
        // The identifier is the section that the client looks for `trace.server` in.
        super("pickleLsp", "Pickle", serverOptions, clientOptions);
        this.registerFeature(new ListingContentFeature(this, onRefresh));
    }

    /** Called by the base constructor too, before anything of this class is set up: it must not touch fields. */
    override registerFeature(feature: Feature): void {
        if (!isStockContentFeature(feature)) {
            super.registerFeature(feature);
        }
    }
}

function isStockContentFeature(feature: Feature): boolean {
    const { registrationType } = feature as Partial<DynamicFeature<unknown>>;
    return registrationType?.method === TextDocumentContentRequest.method;
}

/** The capability of the stock feature, and the refresh request handed on. */
class ListingContentFeature implements StaticFeature {
    constructor(
        private readonly client: LanguageClient,
        private readonly onRefresh: (uri: Uri) => void,
    ) {}

    fillClientCapabilities(capabilities: ClientCapabilities): void {
        capabilities.workspace = { ...capabilities.workspace, textDocumentContent: {} };
    }

    initialize(): void {
        this.client.onRequest(TextDocumentContentRefreshRequest.type, ({ uri }) => {
            this.onRefresh(this.client.protocol2CodeConverter.asUri(uri));
        });
    }

    getState(): FeatureState {
        return { kind: "static" };
    }

    clear(): void {
        // The request handler goes with the connection.
    }
}
