"""The studio as tests of pages run it: the framework executes this file for each of them."""

from nicegui import ui

from lobule.studio.server import mount
from lobule.studio.worker import Worker

mount(Worker(members=4))
ui.run(reload=False)
