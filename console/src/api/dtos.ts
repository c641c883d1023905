// The requests and responses of Parlour: scripts/docs writes them.

// @ts-nocheck

export interface IReturn<T>
{
    createResponse(): T;
}

export interface IReturnVoid
{
    createResponse(): void;
}

/** @description The message that another one answers. */
export class Reply
{
    /** @description The id of the message. */
    // @ApiMember(Description="The id of the message.")
    public chatMessageId: string;

    /** @description Its place in the chat, counted from 1. */
    // @ApiMember(Description="Its place in the chat, counted from 1.")
    public number: number;

    /** @description The person who wrote it. */
    // @ApiMember(Description="The person who wrote it.")
    public senderUserId: string;

    /** @description Their name. */
    // @ApiMember(Description="Their name.")
    public senderName?: string;

    /** @description Its first 200 letters. Empty if it was deleted. */
    // @ApiMember(Description="Its first 200 letters. Empty if it was deleted.")
    public text?: string;

    /** @description Whether it was deleted. */
    // @ApiMember(Description="Whether it was deleted.")
    public isDeleted: boolean;

    public constructor(init?: Partial<Reply>) { (Object as any).assign(this, init); }
}

/** @description A file that was uploaded for a message. */
export class Attachment
{
    /** @description The id, which `SendMessage` takes. */
    // @ApiMember(Description="The id, which `SendMessage` takes.")
    public attachmentId: string;

    /** @description The name that its sender gave it, without a path. */
    // @ApiMember(Description="The name that its sender gave it, without a path.")
    public fileName?: string;

    /** @description The type that its bytes have. `application/octet-stream` unless it can be shown. */
    // @ApiMember(Description="The type that its bytes have. `application/octet-stream` unless it can be shown.")
    public mediaType?: string;

    /** @description The size in bytes. */
    // @ApiMember(Description="The size in bytes.")
    public size: number;

    /** @description The width of an image in pixels, as it is shown. */
    // @ApiMember(Description="The width of an image in pixels, as it is shown.")
    public width?: number;

    /** @description The height of an image in pixels, as it is shown. */
    // @ApiMember(Description="The height of an image in pixels, as it is shown.")
    public height?: number;

    /** @description `ready`, `checking` until the scanner has checked it, or `refused` by the scanner. */
    // @ApiMember(Description="`ready`, `checking` until the scanner has checked it, or `refused` by the scanner.")
    public state?: string;

    /** @description Whether there is a small picture of it. */
    // @ApiMember(Description="Whether there is a small picture of it.")
    public hasPreview: boolean;

    public constructor(init?: Partial<Attachment>) { (Object as any).assign(this, init); }
}

/** @description One emoji under a message, with the people who chose it. */
export class Reaction
{
    /** @description The emoji. */
    // @ApiMember(Description="The emoji.")
    public emoji?: string;

    /** @description How many people chose it. */
    // @ApiMember(Description="How many people chose it.")
    public count: number;

    /** @description Whether the caller is one of them. */
    // @ApiMember(Description="Whether the caller is one of them.")
    public isMine: boolean;

    /** @description The first 20 people, in the order in which they chose it. */
    // @ApiMember(Description="The first 20 people, in the order in which they chose it.")
    public userIds: string[] = [];

    public constructor(init?: Partial<Reaction>) { (Object as any).assign(this, init); }
}

/** @description A message of a chat. A deleted one keeps its place, without its text. */
export class Message
{
    /** @description The id of the message. */
    // @ApiMember(Description="The id of the message.")
    public chatMessageId: string;

    /** @description The chat it is in. */
    // @ApiMember(Description="The chat it is in.")
    public chatId: string;

    /** @description Its place in the chat, counted from 1 without gaps. */
    // @ApiMember(Description="Its place in the chat, counted from 1 without gaps.")
    public number: number;

    /** @description The person who wrote it. */
    // @ApiMember(Description="The person who wrote it.")
    public senderUserId: string;

    /** @description Their name. */
    // @ApiMember(Description="Their name.")
    public senderName?: string;

    /** @description The text as it was written. Empty if it was deleted. */
    // @ApiMember(Description="The text as it was written. Empty if it was deleted.")
    public text?: string;

    /** @description When it was sent. */
    // @ApiMember(Description="When it was sent.")
    public dateCreated: string;

    /** @description When it was last edited, or null. */
    // @ApiMember(Description="When it was last edited, or null.")
    public dateEdited?: string;

    /** @description Whether it was deleted. */
    // @ApiMember(Description="Whether it was deleted.")
    public isDeleted: boolean;

    /** @description The person who deleted it, or null. */
    // @ApiMember(Description="The person who deleted it, or null.")
    public deletedByUserId?: string;

    /** @description The message that it answers, or null. */
    // @ApiMember(Description="The message that it answers, or null.")
    public replyTo?: Reply;

    /** @description The people it names. A person without an account is named by their contact's id. */
    // @ApiMember(Description="The people it names. A person without an account is named by their contact's id.")
    public mentionedUserIds: string[] = [];

    /** @description Whether it names all members. */
    // @ApiMember(Description="Whether it names all members.")
    public mentionsEverybody: boolean;

    /** @description Its files. */
    // @ApiMember(Description="Its files.")
    public attachments: Attachment[] = [];

    /** @description The emoji under it, in the order of their first use. */
    // @ApiMember(Description="The emoji under it, in the order of their first use.")
    public reactions: Reaction[] = [];

    /** @description Whether it is pinned in the chat. */
    // @ApiMember(Description="Whether it is pinned in the chat.")
    public isPinned: boolean;

    public constructor(init?: Partial<Message>) { (Object as any).assign(this, init); }
}

/** @description Somebody sent a message. */
export class MessageSent
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description The message. */
    // @ApiMember(Description="The message.")
    public message?: Message;

    public constructor(init?: Partial<MessageSent>) { (Object as any).assign(this, init); }
}

/** @description The sender of a message changed its text. */
export class MessageEdited
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description The message. */
    // @ApiMember(Description="The message.")
    public chatMessageId: string;

    /** @description The message's place in the chat. */
    // @ApiMember(Description="The message's place in the chat.")
    public number: number;

    /** @description The person who wrote the message. */
    // @ApiMember(Description="The person who wrote the message.")
    public senderUserId: string;

    /** @description The new text. */
    // @ApiMember(Description="The new text.")
    public text?: string;

    /** @description The people the message names now. */
    // @ApiMember(Description="The people the message names now.")
    public mentionedUserIds: string[] = [];

    /** @description Whether the message names all members now. */
    // @ApiMember(Description="Whether the message names all members now.")
    public mentionsEverybody: boolean;

    /** @description The people the message named before. */
    // @ApiMember(Description="The people the message named before.")
    public previouslyMentionedUserIds: string[] = [];

    /** @description Whether the message named all members before. */
    // @ApiMember(Description="Whether the message named all members before.")
    public previouslyMentionedEverybody: boolean;

    /** @description When the text was changed. */
    // @ApiMember(Description="When the text was changed.")
    public dateEdited: string;

    public constructor(init?: Partial<MessageEdited>) { (Object as any).assign(this, init); }
}

/** @description A message was deleted. It keeps its place, without its text. */
export class MessageDeleted
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description The message. */
    // @ApiMember(Description="The message.")
    public chatMessageId: string;

    /** @description The message's place in the chat. */
    // @ApiMember(Description="The message's place in the chat.")
    public number: number;

    /** @description The person who wrote the message. */
    // @ApiMember(Description="The person who wrote the message.")
    public senderUserId: string;

    /** @description The person who deleted it. */
    // @ApiMember(Description="The person who deleted it.")
    public deletedByUserId: string;

    /** @description The people the message named. */
    // @ApiMember(Description="The people the message named.")
    public mentionedUserIds: string[] = [];

    /** @description Whether the message named all members. */
    // @ApiMember(Description="Whether the message named all members.")
    public mentionsEverybody: boolean;

    public constructor(init?: Partial<MessageDeleted>) { (Object as any).assign(this, init); }
}

/** @description Somebody put an emoji under a message, or took it away. */
export class ReactionChanged
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description The message. */
    // @ApiMember(Description="The message.")
    public chatMessageId: string;

    /** @description The message's place in the chat. */
    // @ApiMember(Description="The message's place in the chat.")
    public number: number;

    /** @description The emoji. */
    // @ApiMember(Description="The emoji.")
    public emoji?: string;

    /** @description The person. */
    // @ApiMember(Description="The person.")
    public userId: string;

    /** @description Whether it is there now. */
    // @ApiMember(Description="Whether it is there now.")
    public isOn: boolean;

    public constructor(init?: Partial<ReactionChanged>) { (Object as any).assign(this, init); }
}

/** @description Somebody pinned a message, or unpinned it. */
export class MessagePinned
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description The message. */
    // @ApiMember(Description="The message.")
    public chatMessageId: string;

    /** @description The message's place in the chat. */
    // @ApiMember(Description="The message's place in the chat.")
    public number: number;

    /** @description The person. */
    // @ApiMember(Description="The person.")
    public userId: string;

    /** @description Whether it is pinned now. */
    // @ApiMember(Description="Whether it is pinned now.")
    public isPinned: boolean;

    public constructor(init?: Partial<MessagePinned>) { (Object as any).assign(this, init); }
}

/** @description One person in a chat. */
export class Member
{
    /** @description The id of the membership. */
    // @ApiMember(Description="The id of the membership.")
    public chatMemberId: string;

    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The person. It is their contact's id while they have no account. */
    // @ApiMember(Description="The person. It is their contact's id while they have no account.")
    public userId: string;

    /** @description The person's contact in the agency. */
    // @ApiMember(Description="The person's contact in the agency.")
    public contactId: string;

    /** @description The person's name. */
    // @ApiMember(Description="The person's name.")
    public name?: string;

    /** @description `owner`, `moderator` or `member`. */
    // @ApiMember(Description="`owner`, `moderator` or `member`.")
    public role?: string;

    /** @description False for a person who has no account yet. */
    // @ApiMember(Description="False for a person who has no account yet.")
    public hasJoined: boolean;

    /** @description When they were added to the chat. */
    // @ApiMember(Description="When they were added to the chat.")
    public dateJoined: string;

    /** @description The number of the last message that they have read. */
    // @ApiMember(Description="The number of the last message that they have read.")
    public readNumber: number;

    public constructor(init?: Partial<Member>) { (Object as any).assign(this, init); }
}

/** @description A person is in a chat now. They learn of the chat by this, and read it then. */
export class MemberJoined
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description The person. */
    // @ApiMember(Description="The person.")
    public member?: Member;

    public constructor(init?: Partial<MemberJoined>) { (Object as any).assign(this, init); }
}

/** @description A person is no longer in a chat. It is the last that they hear of it. */
export class MemberLeft
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description The membership that ended. */
    // @ApiMember(Description="The membership that ended.")
    public chatMemberId: string;

    /** @description The person. It is their contact's id if they had no account. */
    // @ApiMember(Description="The person. It is their contact's id if they had no account.")
    public userId: string;

    public constructor(init?: Partial<MemberLeft>) { (Object as any).assign(this, init); }
}

/** @description A member has another role, or has an account now. */
export class MemberChanged
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description The person. */
    // @ApiMember(Description="The person.")
    public member?: Member;

    public constructor(init?: Partial<MemberChanged>) { (Object as any).assign(this, init); }
}

/** @description A chat was renamed, or archived for everybody, or opened again. */
export class ChatChanged
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description Its name now. */
    // @ApiMember(Description="Its name now.")
    public chatName?: string;

    /** @description Whether it is archived for everybody. */
    // @ApiMember(Description="Whether it is archived for everybody.")
    public isArchived: boolean;

    public constructor(init?: Partial<ChatChanged>) { (Object as any).assign(this, init); }
}

/** @description A member's marker moved: forward by reading, or back by marking as unread. */
export class ChatRead
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description The member. */
    // @ApiMember(Description="The member.")
    public userId: string;

    /** @description The number of the last message they have read. */
    // @ApiMember(Description="The number of the last message they have read.")
    public number: number;

    /** @description That message. */
    // @ApiMember(Description="That message.")
    public chatMessageId: string;

    /** @description How many messages they have not read. */
    // @ApiMember(Description="How many messages they have not read.")
    public unreadCount: number;

    /** @description How many of these mention them. */
    // @ApiMember(Description="How many of these mention them.")
    public mentionCount: number;

    public constructor(init?: Partial<ChatRead>) { (Object as any).assign(this, init); }
}

/** @description The caller has begun a message in a chat, or their draft there is gone. */
export class DraftSaved
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description The text so far. Empty if the draft is gone. */
    // @ApiMember(Description="The text so far. Empty if the draft is gone.")
    public text?: string;

    /** @description The message that it will answer, or null. */
    // @ApiMember(Description="The message that it will answer, or null.")
    public replyToMessageId?: string;

    public constructor(init?: Partial<DraftSaved>) { (Object as any).assign(this, init); }
}

/** @description The caller chose what notifies them of a chat. */
export class NotificationsSet
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description `everything`, `mentions`, `nothing` or `invisible`. */
    // @ApiMember(Description="`everything`, `mentions`, `nothing` or `invisible`.")
    public level?: string;

    /** @description Until when nothing notifies them, or null. */
    // @ApiMember(Description="Until when nothing notifies them, or null.")
    public mutedUntil?: string;

    public constructor(init?: Partial<NotificationsSet>) { (Object as any).assign(this, init); }
}

/** @description The caller put a chat away, or took it out again. */
export class ArchivedForMe
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The version of the chat after this change. */
    // @ApiMember(Description="The version of the chat after this change.")
    public version: number;

    /** @description Whether it is put away. */
    // @ApiMember(Description="Whether it is put away.")
    public isArchived: boolean;

    public constructor(init?: Partial<ArchivedForMe>) { (Object as any).assign(this, init); }
}

/** @description The caller, with the settings that follow them to each device. */
export class Me
{
    /** @description The caller's account. */
    // @ApiMember(Description="The caller's account.")
    public userId: string;

    /** @description The caller's contact in the agency. */
    // @ApiMember(Description="The caller's contact in the agency.")
    public contactId: string;

    /** @description The caller's name. */
    // @ApiMember(Description="The caller's name.")
    public name?: string;

    /** @description The address with which the caller signs in. */
    // @ApiMember(Description="The address with which the caller signs in.")
    public emailAddress?: string;

    /** @description The agency to which the caller is signed in. */
    // @ApiMember(Description="The agency to which the caller is signed in.")
    public agencyId: string;

    /** @description Its name. */
    // @ApiMember(Description="Its name.")
    public agencyName?: string;

    /** @description The caller's roles there, by name. */
    // @ApiMember(Description="The caller's roles there, by name.")
    public roles: string[] = [];

    /** @description The language the caller chose, such as `de`, or null. */
    // @ApiMember(Description="The language the caller chose, such as `de`, or null.")
    public language?: string;

    /** @description Whether others may see when the caller is there. */
    // @ApiMember(Description="Whether others may see when the caller is there.")
    public showsPresence: boolean;

    /** @description Values that the caller's programs keep here. */
    // @ApiMember(Description="Values that the caller's programs keep here.")
    public settings: { [index:string]: string; } = {};

    public constructor(init?: Partial<Me>) { (Object as any).assign(this, init); }
}

/** @description The caller's own data changed. */
export class MeChanged
{
    /** @description The caller. */
    // @ApiMember(Description="The caller.")
    public me?: Me;

    public constructor(init?: Partial<MeChanged>) { (Object as any).assign(this, init); }
}

/** @description A member is writing, or has stopped. It is not kept, and ends by itself after 8 seconds. */
export class Typing
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The member. */
    // @ApiMember(Description="The member.")
    public userId: string;

    /** @description Their name. */
    // @ApiMember(Description="Their name.")
    public name?: string;

    /** @description Whether they are writing. */
    // @ApiMember(Description="Whether they are writing.")
    public isTyping: boolean;

    public constructor(init?: Partial<Typing>) { (Object as any).assign(this, init); }
}

/** @description A person came, went away or left. It is not kept. */
export class PresenceChanged
{
    /** @description The person. */
    // @ApiMember(Description="The person.")
    public userId: string;

    /** @description `online`, `away` or `offline`. */
    // @ApiMember(Description="`online`, `away` or `offline`.")
    public presence?: string;

    /** @description When they were last there, or null. */
    // @ApiMember(Description="When they were last there, or null.")
    public lastSeen?: string;

    public constructor(init?: Partial<PresenceChanged>) { (Object as any).assign(this, init); }
}

/** @description One event. Exactly one of the members after `ChatId` is set: the one that its kind names. */
export class Event
{
    /** @description What happened, such as `chat.messageSent`. */
    // @ApiMember(Description="What happened, such as `chat.messageSent`.")
    public kind?: string;

    /** @description The place of the event: everything after it comes later. */
    // @ApiMember(Description="The place of the event: everything after it comes later.")
    public cursor?: string;

    /** @description When it happened. */
    // @ApiMember(Description="When it happened.")
    public dateCreated: string;

    /** @description The chat in which it happened, or null. */
    // @ApiMember(Description="The chat in which it happened, or null.")
    public chatId?: string;

    /** @description Set for `chat.messageSent`. */
    // @ApiMember(Description="Set for `chat.messageSent`.")
    public messageSent?: MessageSent;

    /** @description Set for `chat.messageEdited`. */
    // @ApiMember(Description="Set for `chat.messageEdited`.")
    public messageEdited?: MessageEdited;

    /** @description Set for `chat.messageDeleted`. */
    // @ApiMember(Description="Set for `chat.messageDeleted`.")
    public messageDeleted?: MessageDeleted;

    /** @description Set for `chat.reactionChanged`. */
    // @ApiMember(Description="Set for `chat.reactionChanged`.")
    public reactionChanged?: ReactionChanged;

    /** @description Set for `chat.messagePinned`. */
    // @ApiMember(Description="Set for `chat.messagePinned`.")
    public messagePinned?: MessagePinned;

    /** @description Set for `chat.memberJoined`. */
    // @ApiMember(Description="Set for `chat.memberJoined`.")
    public memberJoined?: MemberJoined;

    /** @description Set for `chat.memberLeft`. */
    // @ApiMember(Description="Set for `chat.memberLeft`.")
    public memberLeft?: MemberLeft;

    /** @description Set for `chat.memberChanged`. */
    // @ApiMember(Description="Set for `chat.memberChanged`.")
    public memberChanged?: MemberChanged;

    /** @description Set for `chat.changed`. */
    // @ApiMember(Description="Set for `chat.changed`.")
    public chatChanged?: ChatChanged;

    /** @description Set for `chat.read`. */
    // @ApiMember(Description="Set for `chat.read`.")
    public chatRead?: ChatRead;

    /** @description Set for `chat.draftSaved`. */
    // @ApiMember(Description="Set for `chat.draftSaved`.")
    public draftSaved?: DraftSaved;

    /** @description Set for `chat.notificationsSet`. */
    // @ApiMember(Description="Set for `chat.notificationsSet`.")
    public notificationsSet?: NotificationsSet;

    /** @description Set for `chat.archivedForMe`. */
    // @ApiMember(Description="Set for `chat.archivedForMe`.")
    public archivedForMe?: ArchivedForMe;

    /** @description Set for `me.changed`. */
    // @ApiMember(Description="Set for `me.changed`.")
    public meChanged?: MeChanged;

    /** @description Set for `chat.typing`, which only streams get. */
    // @ApiMember(Description="Set for `chat.typing`, which only streams get.")
    public typing?: Typing;

    /** @description Set for `presence.changed`, only on streams. */
    // @ApiMember(Description="Set for `presence.changed`, only on streams.")
    public presenceChanged?: PresenceChanged;

    public constructor(init?: Partial<Event>) { (Object as any).assign(this, init); }
}

/** @description One person in a chat. `user_id` is a contact's id while that contact has no account. */
export class ChatMember
{
    public chatMemberId: string;
    public chatId: string;
    public userId: string;
    public isActive: boolean;
    public isArchived: boolean;
    public lastChatMessageId: string;
    public chatMemberName?: string;

    public constructor(init?: Partial<ChatMember>) { (Object as any).assign(this, init); }
}

/** @description A chat as one of its members sees it: `is_archived` and `unread_count` are their own.  A client that chooses `chat_id` may repeat the request without creating a second chat. */
export class Chat
{
    public chatId: string;
    public chatName?: string;
    public createdBy: string;
    public dateCreated: string;
    public chatMembers: ChatMember[] = [];
    public isArchived: boolean;
    public memberCount: number;
    public messageCount: number;
    public unreadCount: number;
    public createdByName?: string;

    public constructor(init?: Partial<Chat>) { (Object as any).assign(this, init); }
}

/** @description A message that its writer has not sent yet. */
export class Draft
{
    /** @description The text so far. */
    // @ApiMember(Description="The text so far.")
    public text?: string;

    /** @description The message that it will answer, or null. */
    // @ApiMember(Description="The message that it will answer, or null.")
    public replyToMessageId?: string;

    public constructor(init?: Partial<Draft>) { (Object as any).assign(this, init); }
}

/** @description A chat as the caller sees it. */
export class ChatSummary
{
    /** @description The id of the chat. */
    // @ApiMember(Description="The id of the chat.")
    public chatId: string;

    /** @description Its name. Empty for the chat of two people. */
    // @ApiMember(Description="Its name. Empty for the chat of two people.")
    public chatName?: string;

    /** @description How many events the chat has had. An event with this version or a lower one is in here already. */
    // @ApiMember(Description="How many events the chat has had. An event with this version or a lower one is in here already.")
    public version: number;

    /** @description Whether it is the one chat of two people. */
    // @ApiMember(Description="Whether it is the one chat of two people.")
    public isDirect: boolean;

    /** @description The person who started it. */
    // @ApiMember(Description="The person who started it.")
    public createdBy: string;

    /** @description Their name. */
    // @ApiMember(Description="Their name.")
    public createdByName?: string;

    /** @description When it was started. */
    // @ApiMember(Description="When it was started.")
    public dateCreated: string;

    /** @description When the last message was sent, or else when it was started. */
    // @ApiMember(Description="When the last message was sent, or else when it was started.")
    public dateActive: string;

    /** @description Whether it is archived for everybody: it can only be read and left. */
    // @ApiMember(Description="Whether it is archived for everybody: it can only be read and left.")
    public isArchived: boolean;

    /** @description Whether the caller has put it away. */
    // @ApiMember(Description="Whether the caller has put it away.")
    public isArchivedForMe: boolean;

    /** @description What the caller is in it: `owner`, `moderator` or `member`. */
    // @ApiMember(Description="What the caller is in it: `owner`, `moderator` or `member`.")
    public role?: string;

    /** @description How many people are in it. */
    // @ApiMember(Description="How many people are in it.")
    public memberCount: number;

    /** @description The first few of them. */
    // @ApiMember(Description="The first few of them.")
    public members: Member[] = [];

    /** @description How many messages it has, without deleted ones. */
    // @ApiMember(Description="How many messages it has, without deleted ones.")
    public messageCount: number;

    /** @description The number of its last message, or 0. */
    // @ApiMember(Description="The number of its last message, or 0.")
    public lastNumber: number;

    /** @description The number of the last message that the caller has read. */
    // @ApiMember(Description="The number of the last message that the caller has read.")
    public readNumber: number;

    /** @description How many messages the caller has not read. */
    // @ApiMember(Description="How many messages the caller has not read.")
    public unreadCount: number;

    /** @description How many of these mention the caller. */
    // @ApiMember(Description="How many of these mention the caller.")
    public mentionCount: number;

    /** @description What notifies the caller: `everything`, `mentions`, `nothing` or `invisible`. */
    // @ApiMember(Description="What notifies the caller: `everything`, `mentions`, `nothing` or `invisible`.")
    public level?: string;

    /** @description Until when nothing notifies the caller, or null. */
    // @ApiMember(Description="Until when nothing notifies the caller, or null.")
    public mutedUntil?: string;

    /** @description What the caller has begun to write, or null. */
    // @ApiMember(Description="What the caller has begun to write, or null.")
    public draft?: Draft;

    /** @description Its last message, or null. */
    // @ApiMember(Description="Its last message, or null.")
    public lastMessage?: Message;

    /** @description Its pinned messages. Only GetChat returns them. */
    // @ApiMember(Description="Its pinned messages. Only GetChat returns them.")
    public pins: Message[] = [];

    public constructor(init?: Partial<ChatSummary>) { (Object as any).assign(this, init); }
}

/** @description One message. A client that chooses `chat_message_id` may repeat the request without sending a second message. */
export class ChatMessage
{
    public chatMessageId: string;
    public chatId: string;
    public senderUserId: string;
    public message?: string;
    public attachmentId: string;
    public dateCreated: string;
    public senderName?: string;

    public constructor(init?: Partial<ChatMessage>) { (Object as any).assign(this, init); }
}

/** @description A text that a message had before it was edited. */
export class MessageVersion
{
    /** @description The number of the text, counted from 1. */
    // @ApiMember(Description="The number of the text, counted from 1.")
    public number: number;

    /** @description The text. */
    // @ApiMember(Description="The text.")
    public text?: string;

    /** @description When it was written. */
    // @ApiMember(Description="When it was written.")
    public dateWritten: string;

    public constructor(init?: Partial<MessageVersion>) { (Object as any).assign(this, init); }
}

/** @description A browser or program in which the caller is signed in. */
export class MySession
{
    /** @description The session. */
    // @ApiMember(Description="The session.")
    public sessionId: string;

    /** @description When the caller signed in there. */
    // @ApiMember(Description="When the caller signed in there.")
    public dateCreated: string;

    /** @description When it ends by itself. */
    // @ApiMember(Description="When it ends by itself.")
    public dateExpires: string;

    /** @description Whether this request belongs to it. */
    // @ApiMember(Description="Whether this request belongs to it.")
    public isCurrent: boolean;

    public constructor(init?: Partial<MySession>) { (Object as any).assign(this, init); }
}

/** @description A person whom the caller may write to. */
export class FoundPerson
{
    /** @description The person. It is their contact's id while they have no account. */
    // @ApiMember(Description="The person. It is their contact's id while they have no account.")
    public userId: string;

    /** @description The person's contact in the agency. */
    // @ApiMember(Description="The person's contact in the agency.")
    public contactId: string;

    /** @description Their name. */
    // @ApiMember(Description="Their name.")
    public name?: string;

    /** @description Their e-mail address, or null. */
    // @ApiMember(Description="Their e-mail address, or null.")
    public emailAddress?: string;

    /** @description False for a person who has no account yet. */
    // @ApiMember(Description="False for a person who has no account yet.")
    public hasJoined: boolean;

    public constructor(init?: Partial<FoundPerson>) { (Object as any).assign(this, init); }
}

/** @description A role that the caller may give to others. */
export class InvitableRole
{
    /** @description The id of the role, as invitations take it. */
    // @ApiMember(Description="The id of the role, as invitations take it.")
    public roleId: string;

    /** @description The name of the role. */
    // @ApiMember(Description="The name of the role.")
    public roleName?: string;

    public constructor(init?: Partial<InvitableRole>) { (Object as any).assign(this, init); }
}

/** @description A part of a text, counted in UTF-16 code units, as strings of JavaScript, C#, Java and Swift's NSString are. */
export class TextRange
{
    /** @description The index of the first unit, from 0. */
    // @ApiMember(Description="The index of the first unit, from 0.")
    public start: number;

    /** @description The number of units. */
    // @ApiMember(Description="The number of units.")
    public length: number;

    public constructor(init?: Partial<TextRange>) { (Object as any).assign(this, init); }
}

/** @description A message that was found, with what fits in it. */
export class FoundMessage
{
    /** @description The id of the message. */
    // @ApiMember(Description="The id of the message.")
    public chatMessageId: string;

    /** @description The chat it is in. */
    // @ApiMember(Description="The chat it is in.")
    public chatId: string;

    /** @description The name of the chat. */
    // @ApiMember(Description="The name of the chat.")
    public chatName?: string;

    /** @description Its place in the chat, counted from 1 without gaps. */
    // @ApiMember(Description="Its place in the chat, counted from 1 without gaps.")
    public number: number;

    /** @description The person who wrote it. */
    // @ApiMember(Description="The person who wrote it.")
    public senderUserId: string;

    /** @description Their name. */
    // @ApiMember(Description="Their name.")
    public senderName?: string;

    /** @description The text as it was written. */
    // @ApiMember(Description="The text as it was written.")
    public text?: string;

    /** @description Whether it has a file. */
    // @ApiMember(Description="Whether it has a file.")
    public hasAttachment: boolean;

    /** @description When it was sent. */
    // @ApiMember(Description="When it was sent.")
    public dateCreated: string;

    /** @description When it was last edited, or null. */
    // @ApiMember(Description="When it was last edited, or null.")
    public dateEdited?: string;

    /** @description The parts of the text that fit the words and phrases, in order, without overlaps. */
    // @ApiMember(Description="The parts of the text that fit the words and phrases, in order, without overlaps.")
    public ranges: TextRange[] = [];

    public constructor(init?: Partial<FoundMessage>) { (Object as any).assign(this, init); }
}

/** @description Whether a person is there. */
export class PersonPresence
{
    /** @description The person. */
    // @ApiMember(Description="The person.")
    public userId: string;

    /** @description `online`, `away` or `offline`. */
    // @ApiMember(Description="`online`, `away` or `offline`.")
    public presence?: string;

    /** @description When they were last there. */
    // @ApiMember(Description="When they were last there.")
    public lastSeen?: string;

    public constructor(init?: Partial<PersonPresence>) { (Object as any).assign(this, init); }
}

/** @description A browser of the caller that is told of messages. Its address and keys are secrets, and never returned. */
export class PushSubscription
{
    /** @description The subscription. */
    // @ApiMember(Description="The subscription.")
    public pushSubscriptionId: string;

    /** @description The name that the browser was saved with. */
    // @ApiMember(Description="The name that the browser was saved with.")
    public deviceName?: string;

    /** @description Whether a notification has nothing but the chat's name. */
    // @ApiMember(Description="Whether a notification has nothing but the chat's name.")
    public hidesText: boolean;

    /** @description When it was last saved. */
    // @ApiMember(Description="When it was last saved.")
    public dateSaved: string;

    /** @description When its push service last took a notification, or null. */
    // @ApiMember(Description="When its push service last took a notification, or null.")
    public dateDelivered?: string;

    /** @description Why the last notification did not go out, or null. */
    // @ApiMember(Description="Why the last notification did not go out, or null.")
    public lastError?: string;

    public constructor(init?: Partial<PushSubscription>) { (Object as any).assign(this, init); }
}

/** @description An invitation that nobody has accepted yet. */
export class SentInvitation
{
    /** @description The invitation. */
    // @ApiMember(Description="The invitation.")
    public invitationId: string;

    /** @description The invited person's contact in the agency. */
    // @ApiMember(Description="The invited person's contact in the agency.")
    public contactId: string;

    /** @description The invited person's name. */
    // @ApiMember(Description="The invited person's name.")
    public name?: string;

    /** @description The address that it was sent to. */
    // @ApiMember(Description="The address that it was sent to.")
    public emailAddress?: string;

    /** @description The roles offered, by name. */
    // @ApiMember(Description="The roles offered, by name.")
    public roleNames: string[] = [];

    /** @description The contact who invites, or invited last. */
    // @ApiMember(Description="The contact who invites, or invited last.")
    public inviterContactId: string;

    /** @description Their name. */
    // @ApiMember(Description="Their name.")
    public inviterName?: string;

    /** @description `pending`, `expired` or `revoked`. */
    // @ApiMember(Description="`pending`, `expired` or `revoked`.")
    public state?: string;

    /** @description When the person was first invited. */
    // @ApiMember(Description="When the person was first invited.")
    public dateCreated: string;

    /** @description When the last mail was queued, or null. */
    // @ApiMember(Description="When the last mail was queued, or null.")
    public dateMailed?: string;

    /** @description When it ends, unless it is sent again. */
    // @ApiMember(Description="When it ends, unless it is sent again.")
    public dateExpires: string;

    public constructor(init?: Partial<SentInvitation>) { (Object as any).assign(this, init); }
}

// @DataContract
export class ResponseError
{
    // @DataMember(Order=1)
    public errorCode: string;

    // @DataMember(Order=2)
    public fieldName: string;

    // @DataMember(Order=3)
    public message: string;

    // @DataMember(Order=4)
    public meta?: { [index:string]: string; };

    public constructor(init?: Partial<ResponseError>) { (Object as any).assign(this, init); }
}

// @DataContract
export class ResponseStatus
{
    // @DataMember(Order=1)
    public errorCode: string;

    // @DataMember(Order=2)
    public message?: string;

    // @DataMember(Order=3)
    public stackTrace?: string;

    // @DataMember(Order=4)
    public errors?: ResponseError[];

    // @DataMember(Order=5)
    public meta?: { [index:string]: string; };

    public constructor(init?: Partial<ResponseStatus>) { (Object as any).assign(this, init); }
}

/** @description The next events, and the cursor to continue from. */
export class GetEventsResponse
{
    /** @description The events after the cursor, oldest first. */
    // @ApiMember(Description="The events after the cursor, oldest first.")
    public events: Event[] = [];

    /** @description The cursor to send next. */
    // @ApiMember(Description="The cursor to send next.")
    public nextCursor?: string;

    /** @description Events after the cursor are not kept any more. Read the state again, then go on from NextCursor. */
    // @ApiMember(Description="Events after the cursor are not kept any more. Read the state again, then go on from NextCursor.")
    public isGap: boolean;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<GetEventsResponse>) { (Object as any).assign(this, init); }
}

export class ChatResponse
{
    public responseStatus?: ResponseStatus;
    public chat: Chat[] = [];

    public constructor(init?: Partial<ChatResponse>) { (Object as any).assign(this, init); }
}

/** @description What notifies the caller of the chat now. */
export class SetNotificationsResponse
{
    /** @description `everything`, `mentions`, `nothing` or `invisible`. */
    // @ApiMember(Description="`everything`, `mentions`, `nothing` or `invisible`.")
    public level?: string;

    /** @description Until when nothing notifies the caller, or null. */
    // @ApiMember(Description="Until when nothing notifies the caller, or null.")
    public mutedUntil?: string;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<SetNotificationsResponse>) { (Object as any).assign(this, init); }
}

/** @description The draft as it is now. */
export class SaveDraftResponse
{
    /** @description The draft, or null if it is gone. */
    // @ApiMember(Description="The draft, or null if it is gone.")
    public draft?: Draft;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<SaveDraftResponse>) { (Object as any).assign(this, init); }
}

export class ChatMemberResponse
{
    public responseStatus?: ResponseStatus;
    public chatMember: ChatMember[] = [];

    public constructor(init?: Partial<ChatMemberResponse>) { (Object as any).assign(this, init); }
}

/** @description The people who were named. All of them are members now. */
export class AddChatMembersResponse
{
    /** @description The people as members, in the order in which they joined. */
    // @ApiMember(Description="The people as members, in the order in which they joined.")
    public members: Member[] = [];

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<AddChatMembersResponse>) { (Object as any).assign(this, init); }
}

/** @description The person is no longer in the chat. */
export class RemoveChatMemberResponse
{
    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<RemoveChatMemberResponse>) { (Object as any).assign(this, init); }
}

/** @description The member with their new role. */
export class SetChatRoleResponse
{
    /** @description The member. */
    // @ApiMember(Description="The member.")
    public member?: Member;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<SetChatRoleResponse>) { (Object as any).assign(this, init); }
}

/** @description The chat as it is now. */
export class ChangedChatResponse
{
    /** @description The chat as the caller sees it. */
    // @ApiMember(Description="The chat as the caller sees it.")
    public chat?: ChatSummary;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<ChangedChatResponse>) { (Object as any).assign(this, init); }
}

/** @description The chats that were found, newest activity first. */
export class FindChatsResponse
{
    /** @description The chats on this page. */
    // @ApiMember(Description="The chats on this page.")
    public chats: ChatSummary[] = [];

    /** @description The `Cursor` of the next page, or null if this is the last. */
    // @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    public nextCursor?: string;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<FindChatsResponse>) { (Object as any).assign(this, init); }
}

/** @description The chat. */
export class GetChatResponse
{
    /** @description The chat as the caller sees it. */
    // @ApiMember(Description="The chat as the caller sees it.")
    public chat?: ChatSummary;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<GetChatResponse>) { (Object as any).assign(this, init); }
}

/** @description The members that were found, in the order in which they joined. */
export class FindChatMembersResponse
{
    /** @description The members on this page. */
    // @ApiMember(Description="The members on this page.")
    public members: Member[] = [];

    /** @description The `Cursor` of the next page, or null if this is the last. */
    // @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    public nextCursor?: string;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<FindChatMembersResponse>) { (Object as any).assign(this, init); }
}

export class ChatMessageResponse
{
    public responseStatus?: ResponseStatus;
    public chatMessage: ChatMessage[] = [];

    public constructor(init?: Partial<ChatMessageResponse>) { (Object as any).assign(this, init); }
}

/** @description A message as it is now. */
export class MessageResponse
{
    /** @description The message. */
    // @ApiMember(Description="The message.")
    public message?: Message;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<MessageResponse>) { (Object as any).assign(this, init); }
}

/** @description Some messages of a chat, with those that were deleted as empty ones in their places. */
export class FindMessagesResponse
{
    /** @description The messages, oldest first. */
    // @ApiMember(Description="The messages, oldest first.")
    public messages: Message[] = [];

    /** @description The `Cursor` of the page further in the same direction, or null if there is none. */
    // @ApiMember(Description="The `Cursor` of the page further in the same direction, or null if there is none.")
    public nextCursor?: string;

    /** @description The `Cursor` of the page in the other direction, or null if there is none. */
    // @ApiMember(Description="The `Cursor` of the page in the other direction, or null if there is none.")
    public previousCursor?: string;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<FindMessagesResponse>) { (Object as any).assign(this, init); }
}

/** @description The texts that a message had before, without the present one. */
export class GetMessageHistoryResponse
{
    /** @description The texts, oldest first. */
    // @ApiMember(Description="The texts, oldest first.")
    public versions: MessageVersion[] = [];

    /** @description The `Cursor` of the next page, or null if this is the last. */
    // @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    public nextCursor?: string;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<GetMessageHistoryResponse>) { (Object as any).assign(this, init); }
}

/** @description What the caller has not read, in all their chats together. */
export class UnreadResponse
{
    /** @description How many messages they have not read. */
    // @ApiMember(Description="How many messages they have not read.")
    public unreadCount: number;

    /** @description How many of these mention them. */
    // @ApiMember(Description="How many of these mention them.")
    public mentionCount: number;

    /** @description How many chats have such messages. */
    // @ApiMember(Description="How many chats have such messages.")
    public chatCount: number;

    /** @description The number for a badge: messages of chats that notify of everything, and mentions in those that notify of mentions. Chats that are muted, or archived for the caller, do not count. */
    // @ApiMember(Description="The number for a badge: messages of chats that notify of everything, and mentions in those that notify of mentions. Chats that are muted, or archived for the caller, do not count.")
    public badgeCount: number;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<UnreadResponse>) { (Object as any).assign(this, init); }
}

/** @description The caller. */
export class MeResponse
{
    /** @description The caller. */
    // @ApiMember(Description="The caller.")
    public me?: Me;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<MeResponse>) { (Object as any).assign(this, init); }
}

/** @description The caller's sessions, newest first. */
export class FindSessionsResponse
{
    /** @description The sessions. */
    // @ApiMember(Description="The sessions.")
    public sessions: MySession[] = [];

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<FindSessionsResponse>) { (Object as any).assign(this, init); }
}

/** @description The session has ended. */
export class EndSessionResponse
{
    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<EndSessionResponse>) { (Object as any).assign(this, init); }
}

/** @description The people that were found, sorted by name. */
export class FindPeopleResponse
{
    /** @description The people on this page. */
    // @ApiMember(Description="The people on this page.")
    public people: FoundPerson[] = [];

    /** @description The `Cursor` of the next page, or null if this is the last. */
    // @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    public nextCursor?: string;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<FindPeopleResponse>) { (Object as any).assign(this, init); }
}

/** @description The roles that the caller may give, sorted by name. */
export class GetInvitableRolesResponse
{
    /** @description The roles. */
    // @ApiMember(Description="The roles.")
    public roles: InvitableRole[] = [];

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<GetInvitableRolesResponse>) { (Object as any).assign(this, init); }
}

/** @description The messages that were found, newest first. */
export class SearchMessagesResponse
{
    /** @description The messages on this page. */
    // @ApiMember(Description="The messages on this page.")
    public found: FoundMessage[] = [];

    /** @description The `Cursor` of the next page, or null if this is the last. */
    // @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    public nextCursor?: string;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<SearchMessagesResponse>) { (Object as any).assign(this, init); }
}

/** @description The members have been told. */
export class SetTypingResponse
{
    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<SetTypingResponse>) { (Object as any).assign(this, init); }
}

/** @description The others have been told, if they may know. */
export class SetPresenceResponse
{
    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<SetPresenceResponse>) { (Object as any).assign(this, init); }
}

/** @description The presence of people. Whoever is missing has not been there lately, or the caller may not know it. */
export class GetPresenceResponse
{
    /** @description The people whose presence is known. */
    // @ApiMember(Description="The people whose presence is known.")
    public presences: PersonPresence[] = [];

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<GetPresenceResponse>) { (Object as any).assign(this, init); }
}

/** @description The key of the server. */
export class GetPushKeyResponse
{
    /** @description The `applicationServerKey` as base64url. Null if the server has Web Push off. */
    // @ApiMember(Description="The `applicationServerKey` as base64url. Null if the server has Web Push off.")
    public publicKey?: string;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<GetPushKeyResponse>) { (Object as any).assign(this, init); }
}

/** @description The browsers of the caller. */
export class GetPushSubscriptionsResponse
{
    /** @description The subscriptions, the last saved first. */
    // @ApiMember(Description="The subscriptions, the last saved first.")
    public subscriptions: PushSubscription[] = [];

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<GetPushSubscriptionsResponse>) { (Object as any).assign(this, init); }
}

/** @description A subscription. */
export class PushSubscriptionResponse
{
    /** @description The subscription. */
    // @ApiMember(Description="The subscription.")
    public subscription?: PushSubscription;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<PushSubscriptionResponse>) { (Object as any).assign(this, init); }
}

/** @description The subscription is gone. */
export class DeletePushSubscriptionResponse
{
    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<DeletePushSubscriptionResponse>) { (Object as any).assign(this, init); }
}

/** @description One file. */
export class AttachmentResponse
{
    /** @description The file. */
    // @ApiMember(Description="The file.")
    public attachment?: Attachment;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<AttachmentResponse>) { (Object as any).assign(this, init); }
}

/** @description The contact that was invited. */
// @ApiResponse(Description="Contact Id of the newly invited/ created contact")
export class AddContactResponse
{
    public contactId: string;
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<AddContactResponse>) { (Object as any).assign(this, init); }
}

/** @description The invitation's inviter, agency, address and roles. */
export class PreviewInvitationResponse
{
    /** @description The name of the person who sent the invitation. */
    // @ApiMember(Description="The name of the person who sent the invitation.")
    public inviterName?: string;

    /** @description The agency whose book the invited person joins. */
    // @ApiMember(Description="The agency whose book the invited person joins.")
    public agencyName?: string;

    /** @description The address the invitation was sent to. */
    // @ApiMember(Description="The address the invitation was sent to.")
    public emailAddress?: string;

    /** @description The roles offered, by name. */
    // @ApiMember(Description="The roles offered, by name.")
    public roleNames: string[] = [];

    /** @description When the invitation ends, unless it is renewed. */
    // @ApiMember(Description="When the invitation ends, unless it is renewed.")
    public expiresAt: string;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<PreviewInvitationResponse>) { (Object as any).assign(this, init); }
}

/** @description The user and the contact that the invited person now is. */
export class AcceptInvitationResponse
{
    /** @description The account that accepted. */
    // @ApiMember(Description="The account that accepted.")
    public userId: string;

    /** @description The contact of that account in the agency's book. */
    // @ApiMember(Description="The contact of that account in the agency's book.")
    public contactId: string;

    /** @description The e-mail address to sign in with. */
    // @ApiMember(Description="The e-mail address to sign in with.")
    public userName?: string;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<AcceptInvitationResponse>) { (Object as any).assign(this, init); }
}

/** @description Open invitations, those that were sent last first. */
export class FindInvitationsResponse
{
    /** @description The invitations on this page. */
    // @ApiMember(Description="The invitations on this page.")
    public invitations: SentInvitation[] = [];

    /** @description The `Cursor` of the next page, or null if this is the last. */
    // @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    public nextCursor?: string;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<FindInvitationsResponse>) { (Object as any).assign(this, init); }
}

/** @description The invitation as it is now. */
export class SentInvitationResponse
{
    /** @description The invitation. */
    // @ApiMember(Description="The invitation.")
    public invitation?: SentInvitation;

    /** @description The reason why the request failed, or null. */
    // @ApiMember(Description="The reason why the request failed, or null.")
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<SentInvitationResponse>) { (Object as any).assign(this, init); }
}

// @DataContract
export class AuthenticateResponse
{
    // @DataMember(Order=1)
    public userId?: string;

    // @DataMember(Order=2)
    public sessionId?: string;

    // @DataMember(Order=3)
    public userName?: string;

    // @DataMember(Order=4)
    public displayName?: string;

    // @DataMember(Order=5)
    public referrerUrl?: string;

    // @DataMember(Order=6)
    public bearerToken?: string;

    // @DataMember(Order=7)
    public refreshToken?: string;

    // @DataMember(Order=8)
    public refreshTokenExpiry?: string;

    // @DataMember(Order=9)
    public profileUrl?: string;

    // @DataMember(Order=10)
    public roles?: string[];

    // @DataMember(Order=11)
    public permissions?: string[];

    // @DataMember(Order=12)
    public authProvider?: string;

    // @DataMember(Order=13)
    public responseStatus?: ResponseStatus;

    // @DataMember(Order=14)
    public meta?: { [index:string]: string; };

    public constructor(init?: Partial<AuthenticateResponse>) { (Object as any).assign(this, init); }
}

// @Route("/auth", "GET,POST")
// @Route("/auth/{provider}", "GET,POST")
// @Route("/authenticate", "GET,POST")
// @Route("/authenticate/{provider}", "GET,POST")
// @DataContract
export class Authenticate implements IReturn<AuthenticateResponse>
{
    // @DataMember(Order=1)
    public provider?: string;

    // @DataMember(Order=2)
    public userName?: string;

    // @DataMember(Order=3)
    public password?: string;

    // @DataMember(Order=4)
    public rememberMe?: boolean;

    // @DataMember(Order=5)
    public accessToken?: string;

    // @DataMember(Order=6)
    public accessTokenSecret?: string;

    // @DataMember(Order=7)
    public returnUrl?: string;

    // @DataMember(Order=8)
    public errorView?: string;

    // @DataMember(Order=9)
    public meta?: { [index:string]: string; };

    public constructor(init?: Partial<Authenticate>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'Authenticate'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new AuthenticateResponse(); }
}

// @DataContract
export class GetAccessTokenResponse
{
    // @DataMember(Order=1)
    public accessToken?: string;

    // @DataMember(Order=2)
    public meta?: { [index:string]: string; };

    // @DataMember(Order=3)
    public responseStatus?: ResponseStatus;

    public constructor(init?: Partial<GetAccessTokenResponse>) { (Object as any).assign(this, init); }
}

// @Route("/access-token")
// @DataContract
export class GetAccessToken implements IReturn<GetAccessTokenResponse>
{
    // @DataMember(Order=1)
    public refreshToken?: string;

    // @DataMember(Order=2)
    public meta?: { [index:string]: string; };

    public constructor(init?: Partial<GetAccessToken>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetAccessToken'; }
    public getMethod() { return 'POST'; }
    public createResponse() { return new GetAccessTokenResponse(); }
}

/** @description Returns what happened after a cursor in the caller's chats and to the caller, oldest first.  Without a cursor it returns only the newest one. Take that before you read the state, then ask for events after it. */
// @Route("/v1/Events", "GET")
export class GetEvents implements IReturn<GetEventsResponse>
{
    /** @description The NextCursor of an earlier answer, or the Cursor of an event. */
    // @ApiMember(Description="The NextCursor of an earlier answer, or the Cursor of an event.")
    public cursor?: string;

    /** @description The most events to return: 50 unless given, at most 200. */
    // @ApiMember(Description="The most events to return: 50 unless given, at most 200.")
    public take: number;

    /** @description How long to wait for an event if there is none: at most 60. */
    // @ApiMember(Description="How long to wait for an event if there is none: at most 60.")
    public waitSeconds: number;

    public constructor(init?: Partial<GetEvents>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetEvents'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new GetEventsResponse(); }
}

/** @description Lists the caller's chats, starts one, or changes one. */
// @Route("/v1/Chat/{ChatId}", "PUT,OPTIONS")
// @Route("/v1/Chat", "GET,POST,OPTIONS")
export class ChatRequest implements IReturn<ChatResponse>
{
    public chatId: string;
    public chat?: Chat;

    public constructor(init?: Partial<ChatRequest>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'ChatRequest'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new ChatResponse(); }
}

/** @description Chooses what notifies the caller of a chat, which the badge of GetUnread follows.  With `nothing` the chat stays in sight without a badge. With `invisible` programs do not show it in their lists either, unless somebody asks for it. */
// @Route("/v1/Chats/{ChatId}/Notifications", "PUT")
export class SetNotifications implements IReturn<SetNotificationsResponse>
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description `everything`, `mentions`, `nothing` or `invisible`. */
    // @ApiMember(Description="`everything`, `mentions`, `nothing` or `invisible`.")
    public level?: string;

    /** @description Until when nothing notifies the caller. Null if the level alone decides. */
    // @ApiMember(Description="Until when nothing notifies the caller. Null if the level alone decides.")
    public mutedUntil?: string;

    public constructor(init?: Partial<SetNotifications>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'SetNotifications'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new SetNotificationsResponse(); }
}

/** @description Keeps what the caller has begun to write in a chat, for all their devices. Without a text the draft is gone.  Sending a message does not remove the draft, since it may be another one. */
// @Route("/v1/Chats/{ChatId}/Draft", "PUT")
export class SaveDraft implements IReturn<SaveDraftResponse>
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The text so far. */
    // @ApiMember(Description="The text so far.")
    public text?: string;

    /** @description The message of the chat that the draft will answer, or null. */
    // @ApiMember(Description="The message of the chat that the draft will answer, or null.")
    public replyToMessageId?: string;

    public constructor(init?: Partial<SaveDraft>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'SaveDraft'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new SaveDraftResponse(); }
}

/** @description Removes a member from their chat, or puts the chat away for the caller. */
// @Route("/v1/ChatMember/{ChatMemberId}/Archive", "PUT,OPTIONS")
// @Route("/v1/ChatMember/{ChatMemberId}", "DELETE,OPTIONS")
export class ChatMemberRequest implements IReturn<ChatMemberResponse>
{
    public chatMemberId: string;

    public constructor(init?: Partial<ChatMemberRequest>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'ChatMemberRequest'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new ChatMemberResponse(); }
}

/** @description Adds people of the agency to a chat. Those who are in it already stay as they are. */
// @Route("/v1/Chats/{ChatId}/Members", "POST")
export class AddChatMembers implements IReturn<AddChatMembersResponse>
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The people, at most 1,000. A person without an account is named by their contact's id. */
    // @ApiMember(Description="The people, at most 1,000. A person without an account is named by their contact's id.")
    public userIds: string[] = [];

    public constructor(init?: Partial<AddChatMembers>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'AddChatMembers'; }
    public getMethod() { return 'POST'; }
    public createResponse() { return new AddChatMembersResponse(); }
}

/** @description Removes a person from a chat. Everybody may leave by it, but the last owner names another one first.  Owners of the chat and administrators may remove everybody, moderators those who are plain members. */
// @Route("/v1/ChatMembers/{ChatMemberId}", "DELETE")
export class RemoveChatMember implements IReturn<RemoveChatMemberResponse>
{
    /** @description The membership. */
    // @ApiMember(Description="The membership.")
    public chatMemberId: string;

    public constructor(init?: Partial<RemoveChatMember>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'RemoveChatMember'; }
    public getMethod() { return 'DELETE'; }
    public createResponse() { return new RemoveChatMemberResponse(); }
}

/** @description Makes a member of a chat its owner, a moderator, or a plain member. For owners and administrators in the chat.  In a chat that is archived for everybody an owner can still be named, so that the last one can leave. */
// @Route("/v1/ChatMembers/{ChatMemberId}/Role", "PUT")
export class SetChatRole implements IReturn<SetChatRoleResponse>
{
    /** @description The membership. */
    // @ApiMember(Description="The membership.")
    public chatMemberId: string;

    /** @description `owner`, `moderator` or `member`. */
    // @ApiMember(Description="`owner`, `moderator` or `member`.")
    public role?: string;

    public constructor(init?: Partial<SetChatRole>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'SetChatRole'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new SetChatRoleResponse(); }
}

/** @description Returns the one chat of the caller and another person. It is started if there is none.  Whoever of the two had left it is in it again. */
// @Route("/v1/DirectChats", "POST")
export class StartDirectChat implements IReturn<ChangedChatResponse>
{
    /** @description The other person. It is their contact's id while they have no account. */
    // @ApiMember(Description="The other person. It is their contact's id while they have no account.")
    public userId: string;

    public constructor(init?: Partial<StartDirectChat>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'StartDirectChat'; }
    public getMethod() { return 'POST'; }
    public createResponse() { return new ChangedChatResponse(); }
}

/** @description Gives a chat another name. The chat of two people has none. */
// @Route("/v1/Chats/{ChatId}/Name", "PUT")
export class RenameChat implements IReturn<ChangedChatResponse>
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The new name. */
    // @ApiMember(Description="The new name.")
    public chatName?: string;

    public constructor(init?: Partial<RenameChat>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'RenameChat'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new ChangedChatResponse(); }
}

/** @description Archives a chat for everybody: its members can only read it and leave. For its owners and administrators. */
// @Route("/v1/Chats/{ChatId}/Archive", "PUT")
export class ArchiveChat implements IReturn<ChangedChatResponse>
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    public constructor(init?: Partial<ArchiveChat>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'ArchiveChat'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new ChangedChatResponse(); }
}

/** @description Opens a chat again that was archived for everybody. For its owners and administrators in it. */
// @Route("/v1/Chats/{ChatId}/Unarchive", "PUT")
export class UnarchiveChat implements IReturn<ChangedChatResponse>
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    public constructor(init?: Partial<UnarchiveChat>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'UnarchiveChat'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new ChangedChatResponse(); }
}

/** @description Finds chats of the caller. Without any condition it returns all of them, page by page. */
// @Route("/v1/Chats", "GET")
export class FindChats implements IReturn<FindChatsResponse>
{
    /** @description The beginning of any word in the chat's name, or in that of a member. Several words must all fit. */
    // @ApiMember(Description="The beginning of any word in the chat's name, or in that of a member. Several words must all fit.")
    public query?: string;

    /** @description Only chats with this person. It is their contact's id while they have no account. */
    // @ApiMember(Description="Only chats with this person. It is their contact's id while they have no account.")
    public withUserId: string;

    /** @description Only chats that are archived, for the caller or for everybody, or only others. */
    // @ApiMember(Description="Only chats that are archived, for the caller or for everybody, or only others.")
    public isArchived?: boolean;

    /** @description Only the chats of two people, or only others. */
    // @ApiMember(Description="Only the chats of two people, or only others.")
    public isDirect?: boolean;

    /** @description Only chats with messages that the caller has not read. */
    // @ApiMember(Description="Only chats with messages that the caller has not read.")
    public unreadOnly: boolean;

    /** @description The `NextCursor` of the page before. Empty for the first page. */
    // @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    public cursor?: string;

    /** @description The most chats on a page, up to 200. 0 for 50. */
    // @ApiMember(Description="The most chats on a page, up to 200. 0 for 50.")
    public take: number;

    public constructor(init?: Partial<FindChats>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'FindChats'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new FindChatsResponse(); }
}

/** @description Returns one chat of the caller, with its pinned messages. */
// @Route("/v1/Chats/{ChatId}", "GET")
export class GetChat implements IReturn<GetChatResponse>
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    public constructor(init?: Partial<GetChat>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetChat'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new GetChatResponse(); }
}

/** @description Finds members of a chat that the caller is in. */
// @Route("/v1/Chats/{ChatId}/Members", "GET")
export class FindChatMembers implements IReturn<FindChatMembersResponse>
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The beginning of any part of the name or address. Several words must all fit. Empty for everybody. */
    // @ApiMember(Description="The beginning of any part of the name or address. Several words must all fit. Empty for everybody.")
    public query?: string;

    /** @description The `NextCursor` of the page before. Empty for the first page. */
    // @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    public cursor?: string;

    /** @description The most members on a page, up to 200. 0 for 50. */
    // @ApiMember(Description="The most members on a page, up to 200. 0 for 50.")
    public take: number;

    public constructor(init?: Partial<FindChatMembers>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'FindChatMembers'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new FindChatMembersResponse(); }
}

/** @description Sends a message, or returns one. */
// @Route("/v1/ChatMessage/{ChatMessageId}", "GET")
// @Route("/v1/ChatMessage", "POST,OPTIONS")
export class ChatMessageRequest implements IReturn<ChatMessageResponse>
{
    public chatMessageId: string;
    public chatMessage?: ChatMessage;

    public constructor(init?: Partial<ChatMessageRequest>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'ChatMessageRequest'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new ChatMessageResponse(); }
}

/** @description Returns the newest 200 messages of a chat, or all unread ones, and marks them as read.  With more than 1,000 unread messages it returns the oldest 1,000. Call again for the next ones. */
// @Route("/v1/Chat/{ChatId}/Messages", "GET")
export class ChatMessagesRequest implements IReturn<ChatMessageResponse>
{
    public chatId: string;

    public constructor(init?: Partial<ChatMessagesRequest>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'ChatMessagesRequest'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new ChatMessageResponse(); }
}

/** @description Sends a message to a chat, which also marks the whole chat as read by its sender.  A client that chooses the id may repeat the request. It then gets the first message, and no second one is sent. */
// @Route("/v1/Messages", "POST")
export class SendMessage implements IReturn<MessageResponse>
{
    /** @description The id of the new message. Empty to have one chosen. */
    // @ApiMember(Description="The id of the new message. Empty to have one chosen.")
    public chatMessageId: string;

    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The text, of at most 10,000 characters. It may be empty if there are attachments. */
    // @ApiMember(Description="The text, of at most 10,000 characters. It may be empty if there are attachments.")
    public text?: string;

    /** @description The message of the chat that it answers, or empty. */
    // @ApiMember(Description="The message of the chat that it answers, or empty.")
    public replyToMessageId: string;

    /** @description The members whom it names, at most 50. A member without an account has their contact's id. */
    // @ApiMember(Description="The members whom it names, at most 50. A member without an account has their contact's id.")
    public mentionedUserIds: string[] = [];

    /** @description Whether it names all members. Only for owners, moderators and administrators. */
    // @ApiMember(Description="Whether it names all members. Only for owners, moderators and administrators.")
    public mentionsEverybody: boolean;

    /** @description The files that the caller has uploaded for it, at most 10. */
    // @ApiMember(Description="The files that the caller has uploaded for it, at most 10.")
    public attachmentIds: string[] = [];

    public constructor(init?: Partial<SendMessage>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'SendMessage'; }
    public getMethod() { return 'POST'; }
    public createResponse() { return new MessageResponse(); }
}

/** @description Returns messages of a chat, without marking them as read.  Without a message, a number and a date these are the newest ones. The first unread message has the number after the caller's `ReadNumber`. */
// @Route("/v1/Messages", "GET")
export class FindMessages implements IReturn<FindMessagesResponse>
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description A message of the chat from which to look, or empty. */
    // @ApiMember(Description="A message of the chat from which to look, or empty.")
    public chatMessageId: string;

    /** @description The number from which to look, in place of a message. 0 for none. */
    // @ApiMember(Description="The number from which to look, in place of a message. 0 for none.")
    public number: number;

    /** @description The time from which to look, in place of a message. */
    // @ApiMember(Description="The time from which to look, in place of a message.")
    public date?: string;

    /** @description Where to look: `before`, `after` or `around` that place. Empty for `before`. */
    // @ApiMember(Description="Where to look: `before`, `after` or `around` that place. Empty for `before`.")
    public direction?: string;

    /** @description The `NextCursor` or `PreviousCursor` of another page, in place of a message, number, date and direction. */
    // @ApiMember(Description="The `NextCursor` or `PreviousCursor` of another page, in place of a message, number, date and direction.")
    public cursor?: string;

    /** @description The most messages on a page, up to 200. 0 for 50. */
    // @ApiMember(Description="The most messages on a page, up to 200. 0 for 50.")
    public take: number;

    public constructor(init?: Partial<FindMessages>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'FindMessages'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new FindMessagesResponse(); }
}

/** @description Changes the text of a message, and whom it names. Only its sender may, and only for some time.  Members can still read the texts that it had before. */
// @Route("/v1/Message/{ChatMessageId}", "PUT")
export class EditMessage implements IReturn<MessageResponse>
{
    /** @description The message. */
    // @ApiMember(Description="The message.")
    public chatMessageId: string;

    /** @description The new text, of at most 10,000 characters. It may be empty if there are attachments. */
    // @ApiMember(Description="The new text, of at most 10,000 characters. It may be empty if there are attachments.")
    public text?: string;

    /** @description The members whom it names now, at most 50. A member without an account has their contact's id. */
    // @ApiMember(Description="The members whom it names now, at most 50. A member without an account has their contact's id.")
    public mentionedUserIds: string[] = [];

    /** @description Whether it names all members now. Only for owners, moderators and administrators. */
    // @ApiMember(Description="Whether it names all members now. Only for owners, moderators and administrators.")
    public mentionsEverybody: boolean;

    public constructor(init?: Partial<EditMessage>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'EditMessage'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new MessageResponse(); }
}

/** @description Deletes a message with all that belongs to it. An empty one is left in its place, and returned.  Its sender may do so for some time. Owners and moderators of the chat, and administrators, always may. Deleting it again changes nothing. */
// @Route("/v1/Message/{ChatMessageId}", "DELETE")
export class DeleteMessage implements IReturn<MessageResponse>
{
    /** @description The message. */
    // @ApiMember(Description="The message.")
    public chatMessageId: string;

    public constructor(init?: Partial<DeleteMessage>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'DeleteMessage'; }
    public getMethod() { return 'DELETE'; }
    public createResponse() { return new MessageResponse(); }
}

/** @description Returns the texts that a message had before it was edited. */
// @Route("/v1/Message/{ChatMessageId}/History", "GET")
export class GetMessageHistory implements IReturn<GetMessageHistoryResponse>
{
    /** @description The message. */
    // @ApiMember(Description="The message.")
    public chatMessageId: string;

    /** @description The `NextCursor` of the page before. Empty for the first page. */
    // @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    public cursor?: string;

    /** @description The most texts on a page, up to 200. 0 for 50. */
    // @ApiMember(Description="The most texts on a page, up to 200. 0 for 50.")
    public take: number;

    public constructor(init?: Partial<GetMessageHistory>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetMessageHistory'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new GetMessageHistoryResponse(); }
}

/** @description Puts an emoji of the caller under a message, or takes it away. A message has at most 20 different ones. */
// @Route("/v1/Message/{ChatMessageId}/Reaction", "PUT")
export class ReactToMessage implements IReturn<MessageResponse>
{
    /** @description The message. */
    // @ApiMember(Description="The message.")
    public chatMessageId: string;

    /** @description Exactly one emoji. */
    // @ApiMember(Description="Exactly one emoji.")
    public emoji?: string;

    /** @description False to take it away. True unless given. */
    // @ApiMember(Description="False to take it away. True unless given.")
    public isOn: boolean;

    public constructor(init?: Partial<ReactToMessage>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'ReactToMessage'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new MessageResponse(); }
}

/** @description Pins a message in its chat for all members, or unpins it. A chat has at most 50 pinned messages. */
// @Route("/v1/Message/{ChatMessageId}/Pin", "PUT")
export class PinMessage implements IReturn<MessageResponse>
{
    /** @description The message. */
    // @ApiMember(Description="The message.")
    public chatMessageId: string;

    /** @description False to unpin it. True unless given. */
    // @ApiMember(Description="False to unpin it. True unless given.")
    public isPinned: boolean;

    public constructor(init?: Partial<PinMessage>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'PinMessage'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new MessageResponse(); }
}

/** @description Returns how much the caller has not read, in all their chats together. */
// @Route("/v1/Unread", "GET")
export class GetUnread implements IReturn<UnreadResponse>
{
    public constructor(init?: Partial<GetUnread>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetUnread'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new UnreadResponse(); }
}

/** @description Marks messages as read by the caller: up to a message, a whole chat, or all chats. What was read stays read. */
// @Route("/v1/Read", "PUT")
export class MarkRead implements IReturn<UnreadResponse>
{
    /** @description The chat. Empty for all chats. */
    // @ApiMember(Description="The chat. Empty for all chats.")
    public chatId: string;

    /** @description The last message that was read. Empty for the whole chat. */
    // @ApiMember(Description="The last message that was read. Empty for the whole chat.")
    public chatMessageId: string;

    public constructor(init?: Partial<MarkRead>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'MarkRead'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new UnreadResponse(); }
}

/** @description Marks a message of a chat, and all messages after it, as not read by the caller. */
// @Route("/v1/Unread", "PUT")
export class MarkUnread implements IReturn<UnreadResponse>
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description The first message that is to be unread. Empty for the last one of the chat. */
    // @ApiMember(Description="The first message that is to be unread. Empty for the last one of the chat.")
    public chatMessageId: string;

    public constructor(init?: Partial<MarkUnread>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'MarkUnread'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new UnreadResponse(); }
}

/** @description Returns the caller, with the settings that follow them to each device. */
// @Route("/v1/Me", "GET")
export class GetMe implements IReturn<MeResponse>
{
    public constructor(init?: Partial<GetMe>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetMe'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new MeResponse(); }
}

/** @description Changes what the caller may choose about themselves. Whatever is null stays as it is. */
// @Route("/v1/Me", "PUT")
export class UpdateMe implements IReturn<MeResponse>
{
    /** @description The caller's new name. */
    // @ApiMember(Description="The caller's new name.")
    public name?: string;

    /** @description The language of the caller, such as `de` or `pt-BR`. Empty for none. */
    // @ApiMember(Description="The language of the caller, such as `de` or `pt-BR`. Empty for none.")
    public language?: string;

    /** @description Whether others may see when the caller is there. */
    // @ApiMember(Description="Whether others may see when the caller is there.")
    public showsPresence?: boolean;

    /** @description Settings to keep, beside those that are not named. An empty value removes one. At most 100 in all. */
    // @ApiMember(Description="Settings to keep, beside those that are not named. An empty value removes one. At most 100 in all.")
    public settings: { [index:string]: string; } = {};

    public constructor(init?: Partial<UpdateMe>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'UpdateMe'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new MeResponse(); }
}

/** @description Returns where the caller is signed in to the agency. */
// @Route("/v1/Sessions", "GET")
export class FindSessions implements IReturn<FindSessionsResponse>
{
    public constructor(init?: Partial<FindSessions>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'FindSessions'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new FindSessionsResponse(); }
}

/** @description Ends a session of the caller, such as that of a lost phone. Its tokens and its open streams end with it. */
// @Route("/v1/Sessions/{SessionId}", "DELETE")
export class EndSession implements IReturn<EndSessionResponse>
{
    /** @description The session. */
    // @ApiMember(Description="The session.")
    public sessionId: string;

    public constructor(init?: Partial<EndSession>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'EndSession'; }
    public getMethod() { return 'DELETE'; }
    public createResponse() { return new EndSessionResponse(); }
}

/** @description Finds people of the agency whom the caller may write to, by name or e-mail address.  Case and accents do not matter: `mul` finds Anna Müller. The caller is not listed. */
// @Route("/v1/People", "GET")
export class FindPeople implements IReturn<FindPeopleResponse>
{
    /** @description The beginning of any part of the name or address. Several words must all fit. Empty for everybody. */
    // @ApiMember(Description="The beginning of any part of the name or address. Several words must all fit. Empty for everybody.")
    public query?: string;

    /** @description The `NextCursor` of the page before. Empty for the first page. */
    // @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    public cursor?: string;

    /** @description The most people on a page, up to 200. 0 for 50. */
    // @ApiMember(Description="The most people on a page, up to 200. 0 for 50.")
    public take: number;

    public constructor(init?: Partial<FindPeople>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'FindPeople'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new FindPeopleResponse(); }
}

/** @description Returns the roles that the caller may give to people whom they invite. */
// @Route("/v1/InvitableRoles", "GET")
export class GetInvitableRoles implements IReturn<GetInvitableRolesResponse>
{
    public constructor(init?: Partial<GetInvitableRoles>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetInvitableRoles'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new GetInvitableRolesResponse(); }
}

/** @description Searches the messages of the caller's chats, newest first.  A message must have all words, each at least as the beginning of one of its own: `fras` finds `Fräsen`. Case and accents do not matter. Words in quotation marks are a phrase, and are found only as they are. Chinese, Japanese and Korean are found anywhere in a run of letters. Filters are part of the query:  `from:ann`, `from:"Ann Agent"`, `from:me` or `from:` with an id names the sender. `in:` names the chat, by the beginnings of words in its name or by its id. `before:2026-01-31` and `after:2026-01-31` name a day or an instant, in UTC unless they say otherwise; the day itself counts as after. `has:attachment` asks for a file. Of several `from:` or `in:` one must fit. */
// @Route("/v1/Messages/Search", "GET")
export class SearchMessages implements IReturn<SearchMessagesResponse>
{
    /** @description Words, phrases in quotation marks, and filters. */
    // @ApiMember(Description="Words, phrases in quotation marks, and filters.", IsRequired=true)
    public query: string;

    /** @description The `NextCursor` of the page before. Empty for the first page. */
    // @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    public cursor?: string;

    /** @description The most messages on a page, up to 200. 0 for 50. */
    // @ApiMember(Description="The most messages on a page, up to 200. 0 for 50.")
    public take: number;

    public constructor(init?: Partial<SearchMessages>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'SearchMessages'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new SearchMessagesResponse(); }
}

/** @description Tells the open streams of a chat's members that the caller is writing there, or has stopped.  It ends by itself after 8 seconds, so a program repeats it while its user goes on writing. */
// @Route("/v1/Chats/{ChatId}/Typing", "PUT")
export class SetTyping implements IReturn<SetTypingResponse>
{
    /** @description The chat. */
    // @ApiMember(Description="The chat.")
    public chatId: string;

    /** @description Whether the caller is writing. */
    // @ApiMember(Description="Whether the caller is writing.")
    public isTyping: boolean;

    public constructor(init?: Partial<SetTyping>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'SetTyping'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new SetTypingResponse(); }
}

/** @description Tells open streams of others whether the caller is there. A program repeats it, at least once in two minutes.  Otherwise the caller is `offline` then. A person is there while one of their sessions is. Who hears it depends on the setting `presence` of the server. Nobody does if the caller does not show their presence (see UpdateMe). */
// @Route("/v1/Presence", "PUT")
export class SetPresence implements IReturn<SetPresenceResponse>
{
    /** @description `online`, `away` or `offline`. */
    // @ApiMember(Description="`online`, `away` or `offline`.")
    public presence?: string;

    public constructor(init?: Partial<SetPresence>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'SetPresence'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new SetPresenceResponse(); }
}

/** @description Returns who is there, of those whose presence the caller may know. `presence.changed` tells of changes.  A server that has just started knows a person when their program repeats it. */
// @Route("/v1/Presence", "GET")
export class GetPresence implements IReturn<GetPresenceResponse>
{
    /** @description The people to ask for, at most 200. Empty for who is there now, at most 1,000. */
    // @ApiMember(Description="The people to ask for, at most 200. Empty for who is there now, at most 1,000.")
    public userIds: string[] = [];

    public constructor(init?: Partial<GetPresence>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetPresence'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new GetPresenceResponse(); }
}

/** @description Returns the key with which a browser subscribes. A subscription with another key is of no use any more. */
// @Route("/v1/Push/Key", "GET")
export class GetPushKey implements IReturn<GetPushKeyResponse>
{
    public constructor(init?: Partial<GetPushKey>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetPushKey'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new GetPushKeyResponse(); }
}

/** @description Returns the caller's browsers that are told of messages. */
// @Route("/v1/Push/Subscriptions", "GET")
export class GetPushSubscriptions implements IReturn<GetPushSubscriptionsResponse>
{
    public constructor(init?: Partial<GetPushSubscriptions>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetPushSubscriptions'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new GetPushSubscriptionsResponse(); }
}

/** @description Saves the subscription of a browser, which is the caller's from then on. Saving it again changes it.  It ends with the caller's session. A person has at most 20, and the one that was saved longest ago gives way. */
// @Route("/v1/Push/Subscriptions", "PUT")
export class SavePushSubscription implements IReturn<PushSubscriptionResponse>
{
    /** @description The address at the push service: `endpoint`. */
    // @ApiMember(Description="The address at the push service: `endpoint`.")
    public endpoint?: string;

    /** @description The browser's public key as base64url: `keys.p256dh`. */
    // @ApiMember(Description="The browser's public key as base64url: `keys.p256dh`.")
    public p256dh?: string;

    /** @description The browser's secret as base64url: `keys.auth`. */
    // @ApiMember(Description="The browser's secret as base64url: `keys.auth`.")
    public auth?: string;

    /** @description Whether a notification has nothing but the chat's name. */
    // @ApiMember(Description="Whether a notification has nothing but the chat's name.")
    public hidesText: boolean;

    /** @description A name by which the person knows the browser, such as `Firefox on Linux`. */
    // @ApiMember(Description="A name by which the person knows the browser, such as `Firefox on Linux`.")
    public deviceName?: string;

    public constructor(init?: Partial<SavePushSubscription>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'SavePushSubscription'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new PushSubscriptionResponse(); }
}

/** @description Removes a browser, which is told nothing any more. */
// @Route("/v1/Push/Subscriptions/{PushSubscriptionId}", "DELETE")
export class DeletePushSubscription implements IReturn<DeletePushSubscriptionResponse>
{
    /** @description The subscription. */
    // @ApiMember(Description="The subscription.")
    public pushSubscriptionId: string;

    public constructor(init?: Partial<DeletePushSubscription>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'DeletePushSubscription'; }
    public getMethod() { return 'DELETE'; }
    public createResponse() { return new DeletePushSubscriptionResponse(); }
}

/** @description Sends a notification to one of the caller's browsers, to see whether it arrives.  It leaves within seconds. `DateDelivered` or `LastError` of GetPushSubscriptions then say what became of it. After 20 of them in ten minutes the person has to wait. */
// @Route("/v1/Push/Subscriptions/{PushSubscriptionId}/Test", "POST")
export class SendTestPush implements IReturn<PushSubscriptionResponse>
{
    /** @description The subscription. */
    // @ApiMember(Description="The subscription.")
    public pushSubscriptionId: string;

    public constructor(init?: Partial<SendTestPush>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'SendTestPush'; }
    public getMethod() { return 'POST'; }
    public createResponse() { return new PushSubscriptionResponse(); }
}

/** @description Uploads one file of a multipart form. A message can then name it.  A file that no message names is deleted after a day. Large files can be resumed if they are uploaded by the tus protocol, at `/v1/Uploads`. */
// @Route("/v1/Attachment", "POST")
export class UploadAttachment implements IReturn<AttachmentResponse>
{
    public constructor(init?: Partial<UploadAttachment>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'UploadAttachment'; }
    public getMethod() { return 'POST'; }
    public createResponse() { return new AttachmentResponse(); }
}

/** @description Describes a file, for members of a chat with a message that names it.  Before a message names it, only the person who uploaded it may see it. */
// @Route("/v1/Attachment/{AttachmentId}", "GET")
export class GetAttachment implements IReturn<AttachmentResponse>
{
    /** @description The file. */
    // @ApiMember(Description="The file.")
    public attachmentId: string;

    public constructor(init?: Partial<GetAttachment>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetAttachment'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new AttachmentResponse(); }
}

/** @description Deletes an uploaded file that no message names. Otherwise delete the message. */
// @Route("/v1/Attachment/{AttachmentId}", "DELETE")
// @ApiResponse(Description="The file is deleted. The answer is empty.")
export class DeleteAttachment implements IReturnVoid
{
    /** @description The file. */
    // @ApiMember(Description="The file.")
    public attachmentId: string;

    public constructor(init?: Partial<DeleteAttachment>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'DeleteAttachment'; }
    public getMethod() { return 'DELETE'; }
    public createResponse() {}
}

/** @description Returns the bytes of a file. Browsers may show images, sound and films, and download everything else. */
// @Route("/v1/Attachment/{AttachmentId}/Content", "GET")
// @ApiResponse(Description="The bytes of the file, or the part that a `Range` header asks for.")
export class GetAttachmentContent implements IReturn<string>
{
    /** @description The file. */
    // @ApiMember(Description="The file.")
    public attachmentId: string;

    /** @description Whether browsers shall always download it. */
    // @ApiMember(Description="Whether browsers shall always download it.")
    public isDownload: boolean;

    public constructor(init?: Partial<GetAttachmentContent>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetAttachmentContent'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return ''; }
}

/** @description Returns a small picture of an image that has one, without the place where it was taken. */
// @Route("/v1/Attachment/{AttachmentId}/Preview", "GET")
// @ApiResponse(Description="The preview, as WebP.")
export class GetAttachmentPreview implements IReturn<string>
{
    /** @description The image. */
    // @ApiMember(Description="The image.")
    public attachmentId: string;

    public constructor(init?: Partial<GetAttachmentPreview>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'GetAttachmentPreview'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return ''; }
}

/** @description Invites a person by e-mail, and adds a contact for an address that is not in the book yet. */
// @Route("/api/contacts/{ContactId}/invite/contact")
// @Route("/api/contacts/{ContactId}/invite/{ToContactId}")
export class InviteContact implements IReturn<AddContactResponse>
{
    /** @description Contact Id inviting the contact */
    // @ApiMember(DataType="Guid", Description="Contact Id inviting the contact", IsRequired=true, Name="ContactId")
    public contactId: string;

    /** @description Contact Id of the virtual contact invited to be real. */
    // @ApiMember(DataType="Guid", Description="Contact Id of the virtual contact invited to be real.", Name="ToContactId")
    public toContactId: string;

    /** @description Email Address of the real/ virtual contact to be invited. */
    // @ApiMember(DataType="string", Description="Email Address of the real/ virtual contact to be invited.", IsRequired=true, Name="EmailAddress")
    public emailAddress: string;

    /** @description List of roles to invite the contact */
    // @ApiMember(DataType="List<Guid>", Description="List of roles to invite the contact", IsRequired=true, Name="Roles")
    public roles: string[] = [];

    public constructor(init?: Partial<InviteContact>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'InviteContact'; }
    public getMethod() { return 'POST'; }
    public createResponse() { return new AddContactResponse(); }
}

/** @description Shows who sent an invitation and what it offers. Changes nothing, however often it is called. */
// @Route("/v1/invitations/preview", "POST")
export class PreviewInvitation implements IReturn<PreviewInvitationResponse>
{
    /** @description The text after the # in the link of the mail, or the code in the mail. */
    // @ApiMember(Description="The text after the # in the link of the mail, or the code in the mail.", IsRequired=true)
    public token: string;

    public constructor(init?: Partial<PreviewInvitation>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'PreviewInvitation'; }
    public getMethod() { return 'POST'; }
    public createResponse() { return new PreviewInvitationResponse(); }
}

/** @description Accepts an invitation, with the signed-in account or with a new account for the invited address.  With a password a new account is created, even if the caller is signed in. Without a password the caller's account accepts. Accepting again with the same account gives the same answer. */
// @Route("/v1/invitations/accept", "POST")
export class AcceptInvitation implements IReturn<AcceptInvitationResponse>
{
    /** @description The text after the # in the link of the mail, or the code in the mail. */
    // @ApiMember(Description="The text after the # in the link of the mail, or the code in the mail.", IsRequired=true)
    public token: string;

    /** @description The name of the new account, as others will see it. */
    // @ApiMember(Description="The name of the new account, as others will see it.")
    public displayName?: string;

    /** @description The password of the new account. */
    // @ApiMember(Description="The password of the new account.")
    public password?: string;

    public constructor(init?: Partial<AcceptInvitation>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'AcceptInvitation'; }
    public getMethod() { return 'POST'; }
    public createResponse() { return new AcceptInvitationResponse(); }
}

/** @description Returns invitations that are pending or expired: all to agents and administrators, to others their own. */
// @Route("/v1/Invitations", "GET")
export class FindInvitations implements IReturn<FindInvitationsResponse>
{
    /** @description The `NextCursor` of the page before. Empty for the first page. */
    // @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    public cursor?: string;

    /** @description The most invitations on a page, up to 200. 0 for 50. */
    // @ApiMember(Description="The most invitations on a page, up to 200. 0 for 50.")
    public take: number;

    public constructor(init?: Partial<FindInvitations>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'FindInvitations'; }
    public getMethod() { return 'GET'; }
    public createResponse() { return new FindInvitationsResponse(); }
}

/** @description Ends an invitation. Its link and its code are invalid from then on. Revoking it again changes nothing. */
// @Route("/v1/Invitation/{InvitationId}", "DELETE")
export class RevokeInvitation implements IReturn<SentInvitationResponse>
{
    /** @description The invitation. */
    // @ApiMember(Description="The invitation.")
    public invitationId: string;

    public constructor(init?: Partial<RevokeInvitation>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'RevokeInvitation'; }
    public getMethod() { return 'DELETE'; }
    public createResponse() { return new SentInvitationResponse(); }
}

/** @description Prolongs an invitation, and sends it again with a new link. The link before is invalid then.  Within the cool-down after the last mail no other is sent. The link of that mail stays valid. */
// @Route("/v1/Invitation/{InvitationId}/Resend", "PUT")
export class ResendInvitation implements IReturn<SentInvitationResponse>
{
    /** @description The invitation. */
    // @ApiMember(Description="The invitation.")
    public invitationId: string;

    public constructor(init?: Partial<ResendInvitation>) { (Object as any).assign(this, init); }
    public getTypeName() { return 'ResendInvitation'; }
    public getMethod() { return 'PUT'; }
    public createResponse() { return new SentInvitationResponse(); }
}
