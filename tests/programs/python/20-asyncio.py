"""Tasks overlap: whoever sleeps least is done first; a failure cancels its group."""

import asyncio
import sys


async def sleeper(length):
    await asyncio.sleep(length / 20)
    return length


async def main():
    lengths = [int(line) for line in sys.stdin]
    for finished in asyncio.as_completed([sleeper(length) for length in lengths]):
        print(await finished)

    async def fail():
        raise ValueError("one is enough")

    try:
        async with asyncio.TaskGroup() as group:
            other = group.create_task(sleeper(1000))
            group.create_task(fail())
    except* ValueError as errors:
        print([str(error) for error in errors.exceptions], other.cancelled())


asyncio.run(main())
