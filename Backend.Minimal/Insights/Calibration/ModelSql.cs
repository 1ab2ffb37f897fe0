using System.Globalization;

using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Insights.Calibration;

/// <summary>A version of a model, as it is stored.</summary>
/// <param name="Id">Its number; 0 = not yet stored.</param>
/// <param name="PlaceId">The place.</param>
/// <param name="ValidFrom">From when on figures are worked out by it, milliseconds since 1970; 0 = from the beginning.</param>
/// <param name="State">activity, rough or calibrated.</param>
/// <param name="Counts">Counts that it rests on.</param>
/// <param name="CountDays">On how many days.</param>
/// <param name="StayMinutes">The mean stay by it; null = not known.</param>
/// <param name="SinceAt">Counts from then on were used, milliseconds since 1970.</param>
/// <param name="Json">The model.</param>
internal sealed record StoredModel(
    long Id, long PlaceId, long ValidFrom, string State, int Counts, int CountDays, double? StayMinutes, long SinceAt, string Json);

/// <summary>The SQL of models: versions are added, and never changed.</summary>
internal static class ModelSql
{
    private const string SelectSql =
        "SELECT id, place_id, valid_from, state, counts, count_days, stay_minutes, since_at, model FROM place_models";

    private const string RowSql =
        "SELECT id, valid_from, made_at, made_by, state, counts, count_days, stay_minutes, replaced_at, replaced_by FROM place_models";

    /// <summary>The version in force at a moment; null = there is none.</summary>
    public static StoredModel? At(SqlSession session, (long PlaceId, long At) wanted)
    {
        using SqlStatement row = session.Query(
            $"{SelectSql} WHERE place_id = $1 AND valid_from <= $2 AND replaced_at IS NULL ORDER BY valid_from DESC, id DESC LIMIT 1",
            wanted.PlaceId, wanted.At);
        return row.Read() ? Row(row) : null;
    }

    /// <summary>The number of the version in force at a moment; null = there is none.</summary>
    public static long? IdAt(SqlSession session, (long PlaceId, long At) wanted)
    {
        using SqlStatement row = session.Query(
            """
            SELECT id FROM place_models WHERE place_id = $1 AND valid_from <= $2 AND replaced_at IS NULL
            ORDER BY valid_from DESC, id DESC LIMIT 1
            """, wanted.PlaceId, wanted.At);
        return row.Read() ? row.Int64(0) : null;
    }

    /// <summary>The versions that are in force within a time, oldest first: of each moment the newest.</summary>
    public static List<StoredModel> Within(SqlSession session, (long PlaceId, long From, long Until) wanted)
    {
        List<StoredModel> rows = [];
        using SqlStatement row = session.Query(
            $"""
            {SelectSql} WHERE place_id = $1 AND valid_from < $3 AND replaced_at IS NULL AND valid_from >= (
                SELECT coalesce(max(valid_from), 0) FROM place_models
                WHERE place_id = $1 AND valid_from <= $2 AND replaced_at IS NULL)
            ORDER BY valid_from, id
            """, wanted.PlaceId, wanted.From, wanted.Until);
        while (row.Read())
        {
            StoredModel model = Row(row);
            if (rows.Count > 0 && rows[^1].ValidFrom == model.ValidFrom)
            {
                rows.RemoveAt(rows.Count - 1);
            }

            rows.Add(model);
        }

        return rows;
    }

    /// <summary>The version that was made last of those in force, and what it was fitted from.</summary>
    public static (StoredModel? Model, string? Inputs) Newest(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query(
            """
            SELECT id, place_id, valid_from, state, counts, count_days, stay_minutes, since_at, model, inputs FROM place_models
            WHERE place_id = $1 AND replaced_at IS NULL ORDER BY valid_from DESC, id DESC LIMIT 1
            """, placeId);
        return row.Read() ? (Row(row), row.Text(9)) : (null, null);
    }

    /// <summary>Adds a version.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputs">What it was fitted from, as a hash.</param>
    /// <param name="madeBy">The job, or who ordered it.</param>
    /// <param name="madeAt">Milliseconds since 1970.</param>
    /// <returns>Its number.</returns>
    public static long Add(SqlSession session, StoredModel model, string inputs, string madeBy, long madeAt)
    {
        using SqlStatement row = session.Query(
            """
            INSERT INTO place_models (place_id, valid_from, made_at, made_by, state, counts, count_days, stay_minutes, since_at, model,
                inputs)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id
            """, model.PlaceId, model.ValidFrom, madeAt, madeBy, model.State, model.Counts, model.CountDays, model.StayMinutes,
            model.SinceAt, model.Json, inputs);
        row.Read();
        return row.Int64(0);
    }

    /// <summary>
    /// Has the past worked out anew: from a day on the newest model is in force, and today's usual staff. The versions that were are kept,
    /// and named as replaced.
    /// </summary>
    public static Refusal? Recalculate(SqlSession session, (long PlaceId, long From, string Day, string Who, long At) wanted)
    {
        // The place's row is what others wait at who do the same, or fit.
        session.Execute("UPDATE places SET name = name WHERE id = $1", wanted.PlaceId);
        if (Newest(session, wanted.PlaceId) is not ({ } model, { } inputs))
        {
            return Refusal.Conflict("There is no model yet: it is made within minutes of the first box");
        }

        if (wanted.From < model.SinceAt)
        {
            return Refusal.Conflict("from: the counts do not fit what was heard then; the calibration became stale in between");
        }

        // Either may have changed since then alone.
        string? staff = StaffSql.Recalculate(session, wanted.PlaceId, wanted.From, wanted.At);
        if (wanted.From >= model.ValidFrom && staff is null)
        {
            return Refusal.Conflict("from: since then figures are worked out by this model already, with today's staff");
        }

        string before = Text(Within(session, (wanted.PlaceId, wanted.From, wanted.At + 1)));
        long id = model.Id;
        if (wanted.From < model.ValidFrom)
        {
            session.Execute(
                """
                UPDATE place_models SET replaced_at = $3, replaced_by = $4
                WHERE place_id = $1 AND valid_from >= $2 AND replaced_at IS NULL
                """, wanted.PlaceId, wanted.From, wanted.At, wanted.Who);
            id = Add(session, model with { ValidFrom = wanted.From }, inputs, wanted.Who, wanted.At);
        }

        Audit.Note(
            session, wanted.Who, "place.recalculate", PlaceSql.Target(wanted.PlaceId), staff is null ? before : $"{before}; staff {staff}",
            string.Create(CultureInfo.InvariantCulture, $"from {wanted.Day}: model {id}"), wanted.At);
        return null;
    }

    /// <summary>Lists versions, newest first.</summary>
    public static List<ModelRow> List(SqlSession session, (long PlaceId, long Before, int Limit) wanted)
    {
        using SqlStatement row = session.Query(
            $"{RowSql} WHERE place_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3", wanted.PlaceId, wanted.Before, wanted.Limit);
        List<ModelRow> rows = [];
        while (row.Read())
        {
            rows.Add(new ModelRow(
                row.Int64(0), row.Int64(1) == 0 ? null : row.Time(1), row.Time(2), row.Text(3), row.Text(4), row.Int32(5), row.Int32(6),
                row.RealOrNull(7), row.TimeOrNull(8), row.TextOrNull(9)));
        }

        return rows;
    }

    private static string Text(List<StoredModel> models) =>
        string.Join(", ", models.TakeLast(20).Select(static model => string.Create(CultureInfo.InvariantCulture, $"model {model.Id}")));

    private static StoredModel Row(SqlStatement row) => new(
        row.Int64(0), row.Int64(1), row.Int64(2), row.Text(3), row.Int32(4), row.Int32(5), row.RealOrNull(6), row.Int64(7), row.Text(8));
}
