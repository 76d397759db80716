"""The studio with a command that finds the same virtual patient in no time, whoever asks; see application.py."""

import os
import sys
from pathlib import Path

from nicegui import ui

from lobule.studio.jobs import Jobs
from lobule.studio.server import mount
from lobule.studio.worker import Worker

TOY = """
import json, os, sys, time
text = open('table.csv', errors='replace').read()
if 'slow' in text:
    time.sleep(60)
if 'broken' in text:
    sys.exit('lobule: line 3 of it is broken')
poor = '--patient=B' in sys.argv
os.mkdir('out')
def w(name, text): open('out/' + name, 'w').write(text)
w('scenario.yaml', '''subject:
  species: human
  etiology: hbv
  years: 20.5
  age: 51.25
  sex: f
  varied: {albumin_healthy: 0.9, platelets_healthy: 1.1}
until: 30 d
''')
w('nearest.csv', '''lab,unit,day,measured,limit,virtual,distance_sd
albumin,g/L,-400,41,0,39,0.6
albumin,g/L,-20,40,0,38.5,0.5
albumin,g/L,0,39,0,38,0.3
ast,U/L,-20,60,-1,50,0
''')
w('nearest_course.csv', '''day,albumin,ast
-400,39,45
-20,38.5,50
0,38,51
''')
w('run.json', json.dumps({'said': ('POOR: nobody. ' if poor else '') + 'The nearest virtual patient: number 7.'}))
"""

mount(Worker(members=4), jobs=Jobs(Path(os.environ["LOBULE_TEST_JOBS"]), command=(sys.executable, "-c", TOY)))
ui.run(reload=False)
