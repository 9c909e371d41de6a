"""The only room that knows how a system tells of changes: trees of directories, watched or polled.

opening    which way a directory is watched
tree       directories and the names in them: makes what the system says into what happened, each thing once
looking    reads directories, and reads again what may have been another one
above      the directories above a root, whose renaming moves it
inotify    Linux' notification: which report is told to which tree
reading    its reports, at once or in ticks
watches    what it watches, and for whom
polling    where nobody tells: file systems of other machines, and what is above a limit
"""
