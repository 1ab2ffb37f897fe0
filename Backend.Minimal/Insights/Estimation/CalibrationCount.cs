namespace JamBox.Backend.Insights.Estimation;

/// <summary>What was counted by hand.</summary>
internal enum CalibrationKind
{
    /// <summary>How many people are here now, staff too.</summary>
    Present = 0,

    /// <summary>How many came in during some minutes, staff not.</summary>
    Door = 1,
}

/// <summary>A count by hand.</summary>
/// <param name="Kind">What was counted.</param>
/// <param name="AtMs">When it was (present), or began (door), milliseconds since 1970.</param>
/// <param name="Minutes">Over how long (door), 1 to 240; ignored for present.</param>
/// <param name="Number">How many people, 0 to 10,000.</param>
/// <param name="Staff">How many of the usual staff were there by the place's plan, 0 to 1,000: for both kinds.</param>
internal readonly record struct CalibrationCount(CalibrationKind Kind, long AtMs, int Minutes, int Number, double Staff = 0)
{
    /// <summary>The most minutes of a door count.</summary>
    public const int MostMinutes = 240;

    /// <summary>The most people of a count.</summary>
    public const int MostPeople = 10_000;
}

/// <summary>How far the counts go.</summary>
internal enum CalibrationState
{
    /// <summary>Fewer than four counts: only activity and a very rough range.</summary>
    None = 0,

    /// <summary>Four counts or more: a number with a width.</summary>
    Few = 1,

    /// <summary>Twelve counts or more on three days or more.</summary>
    Calibrated = 2,
}
