// What programs share that call a Parlour by the stock JavaScript client: its DTOs, and signing in.
import { JsonServiceClient } from "@servicestack/client";

class Dto {
    constructor(init) { Object.assign(this, init); }
    getTypeName() { return this.constructor.name; }
    getMethod() { return "POST"; }
    createResponse() { return {}; }
}

export class Authenticate extends Dto {}
export class AuthenticateLogout extends Dto {}
export class ChatRequest extends Dto {}
export class ChatMessageRequest extends Dto {}
export class ChatMessagesRequest extends Dto {}
export class InviteContact extends Dto {}

export const url = process.env.SERVER;
export const password = "parlour-demo";

/** A client that is signed in, and what it was answered. */
export async function signedIn(name, members = {}) {
    const client = new JsonServiceClient(url);
    const me = await client.post(new Authenticate({
        provider: "credentials", userName: `${name}@demo.example`, password, rememberMe: true, ...members,
    }));
    if (me.bearerToken) {
        client.bearerToken = me.bearerToken;
        client.refreshToken = me.refreshToken;
    }
    return { client, me };
}

export async function startChat(client, chatName, ...userIds) {
    const chatMembers = userIds.map(userId => ({ userId }));
    const { chat: [chat] } = await client.post(new ChatRequest({ chat: { chatName, chatMembers } }));
    return chat;
}

export const say = (chat, message, members = {}) =>
    new ChatMessageRequest({ chatMessage: { chatId: chat.chatId, message, ...members } });

/** The refusal of a call: its status and what the response status says. */
export async function refusal(call) {
    try {
        await call();
    } catch (error) {
        return { type: error.type ?? null, ...error.responseStatus };
    }
    return null;
}
