// The roles that the caller may give to people whom they invite.
import { computed, signal } from "@preact/signals"
import type { InvitableRole } from "../api/dtos"
import { invitableRoles } from "./people"

/** Null until they were read. */
export const roles = signal<readonly InvitableRole[] | null>(null)

/** Whether there is any. So it seems until they were read. */
export const mayInvite = computed(() => roles.value === null || roles.value.length > 0)

/** Reads them, once. A failure is not worth a word: the server is asked again when they are needed. */
export async function readInvitableRoles(): Promise<void> {
  if (roles.value !== null) return
  try {
    roles.value = await invitableRoles()
  } catch {
    roles.value = null
  }
}
