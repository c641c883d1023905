// Parts of the console that are loaded when somebody first needs them.
import type { ComponentType } from "preact"
import { useEffect, useState } from "preact/hooks"
import { Failure } from "../api/client"
import { Failed, Skeleton } from "./Loading"

/** A component that loads another one. Shows a skeleton until it is there. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null
  return function Lazy(props: Props) {
    const [failure, setFailure] = useState<unknown>(null)
    const [, redraw] = useState(false)
    const start = () => {
      setFailure(null)
      load().then(
        (component) => {
          loaded = component
          redraw(true)
        },
        (error) => setFailure(new Failure("unreachable", String(error))),
      )
    }
    useEffect(() => {
      if (!loaded) start()
    }, [])
    const Loaded = loaded
    if (Loaded) return <Loaded {...props} />
    return failure ? <Failed failure={failure} onRetry={start} /> : <Skeleton />
  }
}
