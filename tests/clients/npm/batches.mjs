// Several messages in one request: one by one and in order, up to the first that fails.
import { ChatMessagesRequest, refusal, say, signedIn, startChat } from "./parlour.mjs";

const { client } = await signedIn("ben");
const chat = await startChat(client, "Batch");
const absent = { chatId: "f".repeat(32) };

const answers = await client.sendAll([say(chat, "one – ✓ 😀"), say(chat, "two\nlines")]);
const wrong = await refusal(() => client.sendAll([say(chat, "three"), say(absent, "lost"), say(chat, "never")]));
const { chatMessage: messages } = await client.get(new ChatMessagesRequest({ chatId: chat.chatId }));
console.log(JSON.stringify({
    answers: answers.map(answer => answer.chatMessage.map(message => message.message)),
    wrong,
    messages: messages.map(message => message.message),
}));
