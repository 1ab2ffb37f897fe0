namespace JamBox.Backend.Operation;

/// <summary><c>Retention:*</c>: days that rows are kept, 0 = for ever. Totals and the sums of quarters outlive the readings.</summary>
/// <param name="ReadingsDays">Readings, by receive time.</param>
/// <param name="SummariesDays">Sums of quarters.</param>
/// <param name="HeartbeatsDays">Heartbeats.</param>
/// <param name="CommandsDays">Commands.</param>
/// <param name="AlertsDays">Alerts that are closed, with their messages.</param>
/// <param name="AuditDays">The audit log.</param>
/// <param name="EventsDays">Events.</param>
internal sealed record RetentionSettings(
    int ReadingsDays, int SummariesDays, int HeartbeatsDays, int CommandsDays, int AlertsDays, int AuditDays, int EventsDays);
