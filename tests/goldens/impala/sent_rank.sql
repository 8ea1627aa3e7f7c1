-- flow-oa rank -d
USE `oa`;
SELECT `sip`, `dip`, `sport`, `dport`, `proto`, `treceived`, `ibyt`, `ipkt`, `treceived`, `tryear`, `trmonth`, `trday`, `trhour`, `trminute`, `trsec`, `tdur`, `sip`, `dip`, `sport`, `dport`, `proto`, `ipkt`, `ibyt`, `opkt`, `obyt` FROM `flow` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8;
SELECT `sip`, `dip`, `sport`, `dport`, `proto`, `treceived`, `ibyt`, `ipkt`, `treceived`, `tryear`, `trmonth`, `trday`, `trhour`, `trminute`, `trsec`, `tdur`, `sip`, `dip`, `sport`, `dport`, `proto`, `ipkt`, `ibyt`, `opkt`, `obyt` FROM `flow` WHERE `y` = 2016 AND `m` = 7 AND `d` = 8;
