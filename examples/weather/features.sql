-- From hourly observations to what a caller can send: the current values, what changed over the last hours, and
-- whether it rained in the hour after. Every feature looks at its own row or back in time, never forward; nothing is
-- fitted here (imputing, scaling and encoding are part of training).
--
-- The windows count hours, not rows: where an hour is missing, "one hour ago" is null and not the hour before it.
SELECT
  time_hour,
  origin,
  temp,
  round(temp - dewp, 2) AS dewp_depression,
  humid,
  -- EWR reports 1048 mph on 2013-02-12T08:00Z.
  CASE WHEN wind_speed <= 150 THEN round(wind_speed, 2) END AS wind_speed,
  -- A gust is reported only when there is one.
  coalesce(round(wind_gust, 2), 0) AS wind_gust,
  -- Of no direction in a calm; "+ 0" turns -0 into 0.
  CASE WHEN wind_speed = 0 THEN 0 ELSE round(sin(radians(wind_dir)), 4) + 0 END AS wind_sin,
  CASE WHEN wind_speed = 0 THEN 0 ELSE round(cos(radians(wind_dir)), 4) + 0 END AS wind_cos,
  pressure,
  visib,
  precip,
  precip_1h,
  precip_2h,
  round(rain_6h, 2) AS rain_6h,
  wet_hours_6h,
  round(temp - temp_3h, 2) AS temp_change_3h,
  round(humid - humid_1h, 2) AS humid_change_1h,
  round(humid - humid_3h, 2) AS humid_change_3h,
  round(visib - visib_1h, 2) AS visib_change_1h,
  round(pressure - pressure_3h, 2) AS pressure_change_3h,
  round(sin(2 * pi() * hour(time_hour) / 24), 4) AS hour_sin,
  round(cos(2 * pi() * hour(time_hour) / 24), 4) AS hour_cos,
  CASE WHEN next_precip > 0 THEN 'rain' ELSE 'dry' END AS rain_next_hour
FROM (
  SELECT
    *,
    first_value(precip) OVER one_hour_ago AS precip_1h,
    first_value(humid) OVER one_hour_ago AS humid_1h,
    first_value(visib) OVER one_hour_ago AS visib_1h,
    first_value(precip) OVER two_hours_ago AS precip_2h,
    first_value(temp) OVER three_hours_ago AS temp_3h,
    first_value(humid) OVER three_hours_ago AS humid_3h,
    first_value(pressure) OVER three_hours_ago AS pressure_3h,
    sum(precip) OVER six_hours AS rain_6h,
    count(*) FILTER (precip > 0) OVER six_hours AS wet_hours_6h,
    first_value(precip) OVER next_hour AS next_precip
  FROM weather
  WINDOW
    one_hour_ago AS (PARTITION BY origin ORDER BY time_hour
      RANGE BETWEEN INTERVAL 1 HOUR PRECEDING AND INTERVAL 1 HOUR PRECEDING),
    two_hours_ago AS (PARTITION BY origin ORDER BY time_hour
      RANGE BETWEEN INTERVAL 2 HOUR PRECEDING AND INTERVAL 2 HOUR PRECEDING),
    three_hours_ago AS (PARTITION BY origin ORDER BY time_hour
      RANGE BETWEEN INTERVAL 3 HOUR PRECEDING AND INTERVAL 3 HOUR PRECEDING),
    six_hours AS (PARTITION BY origin ORDER BY time_hour
      RANGE BETWEEN INTERVAL 5 HOUR PRECEDING AND CURRENT ROW),
    next_hour AS (PARTITION BY origin ORDER BY time_hour
      RANGE BETWEEN INTERVAL 1 HOUR FOLLOWING AND INTERVAL 1 HOUR FOLLOWING)
)
-- A row whose next hour was not observed has no label.
WHERE next_precip IS NOT NULL
ORDER BY time_hour, origin;
