namespace JamBox.Modem;

/// <summary>Takes a report wherever it arrives, in the middle of a reply too. It must not start a command.</summary>
/// <param name="report">Number of the report, from the table given to <see cref="AtChat"/>.</param>
/// <param name="line">Buffer of the line; valid during the call only.</param>
/// <param name="valueOffset">First index behind the pattern that matched, blanks skipped.</param>
/// <param name="length">Bytes of the line.</param>
public delegate void AtReportHandler(int report, byte[] line, int valueOffset, int length);
