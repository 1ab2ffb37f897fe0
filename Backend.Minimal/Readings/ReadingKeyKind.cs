namespace JamBox.Backend.Readings;

/// <summary>What tells that two requests bring the same reading. The numbers are stored.</summary>
internal enum ReadingKeyKind
{
    /// <summary>Boot id and number in that boot: ours.</summary>
    BootAndNumber = 0,

    /// <summary>The time it was closed at, by a clock that was set: the old fleet.</summary>
    ClosedAt = 1,

    /// <summary>The 5-minute slot of receive time − age: the old fleet before its clock is set.</summary>
    AgeSlot = 2,

    /// <summary>The row of the predecessor's file that it was imported from.</summary>
    Imported = 3,
}
