import type { Catalogue } from ".."
import { admin } from "./admin"
import { chats } from "./chats"
import { common } from "./common"
import { first } from "./first"
import { invite } from "./invite"
import { keys } from "./keys"
import { me } from "./me"
import { messages } from "./messages"
import { people } from "./people"
import { push } from "./push"
import { refusals } from "./refusals"
import { search } from "./search"
import { signIn } from "./signIn"

export const de: Catalogue = {
  admin,
  chats,
  common,
  first,
  invite,
  keys,
  me,
  messages,
  people,
  push,
  refusals,
  search,
  signIn,
}
