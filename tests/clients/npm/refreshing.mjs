// A client whose access token has expired goes on by itself, and what it writes then is written once.
import { ChatRequest, refusal, say, signedIn, startChat } from "./parlour.mjs";

const { client } = await signedIn("ben");
const chat = await startChat(client, "Late");
const token = () => client.bearerToken ?? client.cookies["ss-tok"].value;
const before = token();
// A program that keeps its tokens, and not the cookies of its session.
for (const name of ["ss-id", "ss-pid", "ss-opt"]) delete client.cookies[name];
await new Promise(resolve => setTimeout(resolve, Number(process.env.LIFE_MS)));

await client.post(say(chat, "Sorry, I was away."));
const { chat: [seen] } = await client.get(new ChatRequest({ chatId: chat.chatId }));
const isFresh = token() !== before;

const lost = await signedIn("ben");
for (const name of ["ss-id", "ss-pid", "ss-opt", "ss-reftok"]) delete lost.client.cookies[name];
lost.client.refreshToken = lost.client.bearerToken === undefined ? undefined : "not.a.token";
await new Promise(resolve => setTimeout(resolve, Number(process.env.LIFE_MS)));
console.log(JSON.stringify({
    messages: seen.messageCount,
    isFresh,
    withoutRefreshToken: await refusal(() => lost.client.get(new ChatRequest())),
}));
