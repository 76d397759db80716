"""The studio with jobs whose command does nothing but tell what it was asked; see application.py."""

import os
import sys
from pathlib import Path

from nicegui import ui

from lobule.studio.jobs import Jobs
from lobule.studio.server import mount
from lobule.studio.worker import Worker

TOY = """
import json, os, sys, time
files = sorted(n for n in os.listdir('.') if n.endswith(('.csv', '.yaml', '.xlsx')))
if any('slow' in open(n, errors='replace').read() for n in files):
    time.sleep(60)
if any('broken' in open(n, errors='replace').read() for n in files):
    sys.exit('lobule: line 3 of it is broken')
os.mkdir('out')
def w(name, text): open('out/' + name, 'w').write(text)
w('README.txt', 'A title' + chr(10) + 'lobule toy' + chr(10) * 2 + 'It was asked ' + ' '.join(sys.argv[1:])
  + chr(10) * 2 + 'found.csv  what was found' + chr(10) * 2 + 'Research')
w('found.csv', 'name,value' + chr(10) + '<b>x</b>,0.123456789' + chr(10))
w('report.html', '<h1>report</h1>')
"""

mount(Worker(members=4), jobs=Jobs(Path(os.environ["LOBULE_TEST_JOBS"]), command=(sys.executable, "-c", TOY)))
ui.run(reload=False)
