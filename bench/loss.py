"""Messages both ways while everything fails in turn: ``python -m bench.loss``.

The program as an operator runs it, on a Postgres of its own, and a flow engine whose client sends each message once
(tests/engine). Web processes, workers and Postgres are killed with SIGKILL, deploys roll, and the engine answers
500, hangs and drops connections. Prints what was lost, doubled or came in another order; exits with 1 if anything
was lost.
"""

import argparse
import os
import sys
from dataclasses import replace

from bench.place import machine


def main() -> int:
    """Run and print."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weni_chats.settings")
    os.environ.setdefault("SECRET_KEY", "only-for-benches-" * 4)
    # This process looks into the database by connections of its own, one after the other.
    os.environ["DATABASE_POOL"] = "false"
    import django

    django.setup()
    from tests.engine.installation import Installation
    from tests.engine.loss import LONG, Proof

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=LONG.tickets)
    parser.add_argument("--each", type=int, default=LONG.each, help="messages a ticket, each way")
    parser.add_argument("--pause", type=float, default=LONG.pause, help="seconds between two messages of a ticket")
    parser.add_argument("--rounds", type=int, default=LONG.rounds, help="how often everything is killed")
    parser.add_argument("--between", type=float, default=LONG.between, help="seconds between two of that")
    parser.add_argument("--make-run", action="store_true", help="as `make run` starts it, not `serve` and worker")
    parser.add_argument("--hurry", action="store_true", help="pauses of minutes pass at once")
    options = vars(parser.parse_args())
    make_run = options.pop("make_run")
    print(f"{'make run' if make_run else 'serve and worker'}; {machine()}", flush=True)
    with Installation(make_run=make_run) as installation, installation.connected():
        report = Proof(installation, replace(LONG, **options), lambda text: print(text, flush=True)).run()
    print(f"\n{report}")
    for problem in report.problems:
        print(f"WRONG: {problem}")
    return int(bool(report.problems))


if __name__ == "__main__":
    sys.exit(main())
