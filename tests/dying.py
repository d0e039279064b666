"""A process that kills itself at a step of its work, to be put before the script of such a process."""

DIES_AT = """
import os, shutil, signal, sys
from pathlib import Path

def dies_at(step, folder, steps):
    "Kill this process at its step-th event of these kinds that is about something in the folder."
    done = 0
    def count(event, arguments):
        nonlocal done
        if event in steps and str(folder) in str(arguments[0]):
            done += 1
            if done == step:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)
"""
