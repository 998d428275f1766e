-- Scores people were given, one row each; score01 puts them on 0 to 1 and is empty where the scale is not known.
SELECT
    f.given_date AS date,
    f.given_date,
    f.feedback_id,
    f.round,
    f.rep_id,
    f.by_role,
    f.rater_id,
    f.topic,
    u.tier AS customer_type,
    f.score,
    f.scale_min,
    f.scale_max,
    CASE WHEN f.scale_max > f.scale_min THEN (f.score - f.scale_min) / (f.scale_max - f.scale_min) END AS score01
FROM feedback AS f
LEFT JOIN customer AS u ON f.by_role = 'customer' AND u.customer_id = f.rater_id
WHERE $as_of::DATE IS NULL OR f.given_date <= $as_of::DATE
