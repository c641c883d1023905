// What a user of the stock JavaScript client does all day; prints what came of it.
import { JsonApiClient, JsonServiceClient } from "@servicestack/client";
import {
    Authenticate, AuthenticateLogout, ChatMessagesRequest, ChatRequest, InviteContact,
    password, refusal, say, signedIn, startChat, url,
} from "./parlour.mjs";

const ben = await signedIn("ben");
const cleo = await signedIn("cleo");
const dan = await signedIn("dan");
const chat = await startChat(ben.client, "Fence", cleo.me.userId);

await ben.client.post(say(chat, "Who mends the fence?"));
await ben.client.post(say(chat, "And when? – ✓ 😀"));
const { chat: [unread] } = await cleo.client.get(new ChatRequest({ chatId: chat.chatId }));
const { chatMessage: read } = await cleo.client.get(new ChatMessagesRequest({ chatId: chat.chatId }));

const api = JsonApiClient.create(url);
api.bearerToken = ben.client.bearerToken;
api.cookies = ben.client.cookies;
const succeeded = await api.api(new ChatRequest({ chatId: chat.chatId }), null, "GET");
const failed = await api.api(new ChatRequest({ chat: { chatName: "", chatMembers: [{ userId: ben.me.userId }] } }));

const basic = new JsonServiceClient(url);
basic.setCredentials("ben@demo.example", password);

const stranger = new JsonServiceClient(url);
const cookies = { ...ben.client.cookies };
const before = {
    anonymous: await refusal(() => stranger.get(new ChatRequest())),
    wrongPassword: await refusal(() => stranger.post(
        new Authenticate({ provider: "credentials", userName: "ben@demo.example", password: "wrong" }))),
    withoutRole: await refusal(() => dan.client.get(new ChatRequest())),
    absent: await refusal(() => ben.client.get(new ChatRequest({ chatId: "f".repeat(32) }))),
    incomplete: await refusal(() => ben.client.post(new InviteContact({ contactId: ben.me.meta.contactId }))),
};
const basicChats = (await basic.get(new ChatRequest())).chat.length;

await ben.client.post(new AuthenticateLogout());
const thief = new JsonServiceClient(url);
thief.cookies = cookies;
thief.bearerToken = ben.client.bearerToken;
thief.enableAutoRefreshToken = false;

console.log(JSON.stringify({
    me: ben.me,
    tokenCookie: Boolean(cookies["ss-tok"]),
    chat,
    unread: [unread.messageCount, unread.unreadCount],
    read: read.map(message => message.message),
    succeeded: { succeeded: succeeded.succeeded, names: succeeded.response?.chat.map(each => each.chatName) },
    failed: {
        failed: failed.failed, code: failed.errorCode, message: failed.errorMessage,
        fields: failed.error?.errors?.map(error => [error.fieldName, error.errorCode]),
    },
    basicChats,
    refusals: before,
    afterSigningOut: await refusal(() => thief.get(new ChatRequest())),
}));
