// Parts of the console that are loaded when somebody first needs them.
import type { ComponentType } from "preact"
import { useEffect, useState } from "preact/hooks"
import { Failure } from "../api/client"
import { Failed, Skeleton } from "./Loading"

/** A component that loads another one. Shows a skeleton until it is there. `preload` fetches it before it is needed. */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> & { preload(): void } {
  let loaded: ComponentType<Props> | null = null
  const get = async () => {
    loaded = await load()
  }
  return Object.assign(Lazy, { preload: () => void get().catch(() => {}) })

  function Lazy(props: Props) {
    const [failure, setFailure] = useState<unknown>(null)
    const [, redraw] = useState(false)
    const start = () => {
      setFailure(null)
      get().then(
        () => redraw(true),
        (error) => setFailure(new Failure("unreachable", String(error))),
      )
    }
    useEffect(() => {
      if (!loaded) start()
    }, [])
    const Loaded = loaded
    if (Loaded) return <Loaded {...props} />
    if (failure) return <Failed failure={failure} onRetry={start} />
    return (
      <div class="loading" aria-busy="true">
        <Skeleton />
      </div>
    )
  }
}
