"""A shared task list: rules for members, users with roles, and an event for each change.

`python examples/tasks.py` serves it. Sign in as `ann` or `ben` with the password `correct horse`. Only Ann may delete
tasks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Annotated, Any, TypeVar

import uvicorn

from parlour.engine import (
    EMPTY_GUID,
    MIN_DATETIME,
    AccountsAuthentication,
    ApiMember,
    AsgiApp,
    Cors,
    EngineOptions,
    EventOptions,
    Guid,
    InlineUnits,
    Listener,
    NotFound,
    Principal,
    ServerEvents,
    Services,
    namespace,
    new_guid,
    requires_authentication,
    requires_role,
    returns,
    route,
    standard_engine,
)
from parlour.engine.accounts import sign_in
from parlour.engine.accounts.jwt import JwtSigner
from parlour.engine.rules.rules import MaximumLength, NotEmpty
from parlour.engine.testing.memory_accounts import MemoryAccounts
from parlour.engine.testing.memory_store import MemoryUser

T = TypeVar("T")

TASKS = namespace("Tasks")
CHANNEL = "tasks"


@TASKS
@dataclass(kw_only=True)
class Task:
    task_id: Guid = EMPTY_GUID
    title: str | None = None
    is_done: bool = False
    created_by: str | None = None
    created: datetime = MIN_DATETIME


@route("/tasks", "GET")
@requires_authentication()
@returns(list[Task])
@TASKS
@dataclass(kw_only=True)
class FindTasks:
    """The tasks, oldest first."""

    is_done: Annotated[bool | None, ApiMember("Only those that are done, or only those that are not.")] = None


@route("/tasks", "POST")
@requires_authentication()
@returns(Task)
@TASKS
@dataclass(kw_only=True)
class AddTask:
    """Adds a task that is still to be done."""

    title: Annotated[str | None, NotEmpty(), MaximumLength(100)] = None


@route("/tasks/{TaskId}", "PUT")
@requires_authentication()
@returns(Task)
@TASKS
@dataclass(kw_only=True)
class FinishTask:
    """Marks a task as done."""

    task_id: Annotated[Guid, NotEmpty()] = EMPTY_GUID


@route("/tasks/{TaskId}", "DELETE")
@requires_role("Manager")
@TASKS
@dataclass(kw_only=True)
class DeleteTask:
    """Deletes a task, done or not."""

    task_id: Annotated[Guid, NotEmpty()] = EMPTY_GUID


@TASKS
@dataclass(kw_only=True)
class TaskDeleted:
    task_id: Guid = EMPTY_GUID


@dataclass
class Work:
    """A handler's transaction: the tasks, and the events to send after its success."""

    tasks: dict[Guid, Task]
    news: list[Task | TaskDeleted] = field(default_factory=list)

    def task(self, task_id: Guid) -> Task:
        if task_id not in self.tasks:
            raise NotFound(f"There is no task {task_id}.")
        return self.tasks[task_id]

    def put(self, task: Task) -> Task:
        self.tasks[task.task_id] = task
        self.news.append(task)
        return task


class Memory(InlineUnits):
    """The tasks in memory. A handler works on a copy, so a failing one changes nothing and sends no events."""

    def __init__(self) -> None:
        self.tasks: dict[Guid, Task] = {}

    async def read(self, work: Callable[[Any], T], lane: str | None = None) -> T:
        return work(Work(self.tasks))

    async def write(self, work: Callable[[Any], T], lane: str | None = None, *, gathers: bool = False) -> T:
        changed = Work(dict(self.tasks))
        result = work(changed)
        self.tasks = changed.tasks
        for each in changed.news:
            await events.notify_channel(CHANNEL, each)
        return result


def find_tasks(request: FindTasks, tx: Work, caller: Principal) -> list[Task]:
    return [task for task in tx.tasks.values() if request.is_done in (None, task.is_done)]


def add_task(request: AddTask, tx: Work, caller: Principal) -> Task:
    task = Task(task_id=new_guid(), title=request.title, created_by=caller.user_name, created=datetime.now(UTC))
    return tx.put(task)


def finish_task(request: FinishTask, tx: Work, caller: Principal) -> Task:
    return tx.put(replace(tx.task(request.task_id), is_done=True))


def delete_task(request: DeleteTask, tx: Work, caller: Principal) -> None:
    del tx.tasks[tx.task(request.task_id).task_id]
    tx.news.append(TaskDeleted(task_id=request.task_id))


async def end_streams(session_id: str) -> None:
    await events.end_session(session_id)


accounts = MemoryAccounts(JwtSigner(token_bytes(32)), on_session_end=end_streams)
accounts.add(MemoryUser(user_id="1", user_name="ann", display_name="Ann", roles={"Manager"}), "correct horse")
accounts.add(MemoryUser(user_id="2", user_name="ben", display_name="Ben"), "correct horse")
authentication = AccountsAuthentication(accounts)

memory = Memory()
events = ServerEvents(
    memory,
    authentication=authentication,
    listener=lambda caller: Listener(accounts.profile_of(caller).session_id),
    options=EventOptions(limits_to_authenticated_users=True),
)

services = Services()
services.add(FindTasks, get=find_tasks)
services.add(AddTask, post=add_task)
services.add(FinishTask, put=finish_task)
services.add(DeleteTask, delete=delete_task)
sign_in.register(services, accounts, authentication)
events.register(services)

engine = standard_engine(
    services,
    memory,
    authentication=authentication,
    events=events,
    options=EngineOptions(title="Tasks", cors=Cors(origins=["http://localhost:3000"], credentials=True)),
)
app = AsgiApp(engine)

if __name__ == "__main__":
    # Streams end only when their readers leave, so this limits the wait after Ctrl-C.
    uvicorn.run(app, port=8080, timeout_graceful_shutdown=1)
