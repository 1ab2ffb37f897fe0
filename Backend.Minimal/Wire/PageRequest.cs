using System.Globalization;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Wire;

/// <summary>
/// Which part of a list is wanted: <c>limit</c> (default 100, at most 1,000) and <c>cursor</c> (where the last part ended).
/// </summary>
/// <param name="Limit">Rows at most.</param>
/// <param name="Cursor">As given in the Link header of the part before; null for the first part.</param>
internal readonly record struct PageRequest(int Limit, string? Cursor)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    /// <summary>Reads it from the query.</summary>
    /// <param name="limitText">The query's <c>limit</c>.</param>
    /// <param name="cursor">The query's <c>cursor</c>.</param>
    /// <param name="page">What is wanted.</param>
    /// <returns>False when <c>limit</c> is no positive number.</returns>
    public static bool TryRead(string? limitText, string? cursor, out PageRequest page)
    {
        int limit = DefaultLimit;
        if (IsHuge(limitText))
        {
            limitText = MaxLimit.ToString(CultureInfo.InvariantCulture);
        }

        bool fine = string.IsNullOrEmpty(limitText)
            || (int.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit > 0);

        // More than the maximum is not an error: old tools ask for 2000. The Link header tells that there is more.
        page = new PageRequest(Math.Min(limit, MaxLimit), string.IsNullOrEmpty(cursor) ? null : cursor);
        return fine;
    }

    /// <summary>Whether it is a number that no integer holds: more than the maximum all the same.</summary>
    public static bool IsHuge(string? limit) => limit is { Length: > 9 and <= 100 } && limit.All(char.IsAsciiDigit) && limit[0] != '0';

    /// <summary>What is answered when it is not one.</summary>
    public static ProblemHttpResult Problem =>
        AdminProblem.Of(StatusCodes.Status400BadRequest, "limit: must be a whole number above 0; cursor: one from a Link header");

    /// <summary>The cursor as a number, for lists that are ordered by one, newest first.</summary>
    /// <param name="before">The id to begin before.</param>
    /// <returns>False when it is none.</returns>
    public bool TryNumber(out long before)
    {
        before = long.MaxValue;
        return Cursor is null || long.TryParse(Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out before);
    }

    /// <summary>Cuts the row too many that was read to see whether there is more, and says in the Link header where it goes on.</summary>
    /// <param name="http">Request and answer.</param>
    /// <param name="rows">Up to <see cref="Limit"/> + 1 rows.</param>
    /// <param name="cursorOf">The cursor that stands after a row.</param>
    public void Finish<T>(HttpContext http, List<T> rows, Func<T, string> cursorOf)
    {
        if (rows.Count <= Limit)
        {
            return;
        }

        rows.RemoveRange(Limit, rows.Count - Limit);
        QueryString next = QueryString.Create(http.Request.Query
            .Where(static pair => pair.Key is not ("cursor" or "limit"))
            .Append(new("limit", Limit.ToString(CultureInfo.InvariantCulture)))
            .Append(new("cursor", cursorOf(rows[^1]))));
        http.Response.Headers.Link = $"<{http.Request.Path}{next}>; rel=\"next\"";
    }
}
