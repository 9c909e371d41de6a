"""The only room that knows how a system tells of changes: trees of directories, watched or polled.

tree       directories and the names in them: makes what the system says into what happened, each thing once
inotify    Linux' notification, on watchdog's binding of it
polling    where nobody tells: file systems of other machines, and what is above a limit
"""
