SELECT station, time, temp, humid, pressure, wind, hour(time) AS hour, sky
FROM hours ORDER BY time, station
