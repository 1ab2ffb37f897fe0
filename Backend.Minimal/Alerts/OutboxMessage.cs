namespace JamBox.Backend.Alerts;

/// <summary>A message that waits to be sent.</summary>
/// <param name="Id">Its number: receivers tell repeats by it.</param>
/// <param name="Channel">One of <see cref="AlertChannels.All"/>.</param>
/// <param name="Body">JSON.</param>
/// <param name="CreatedAt">When the alert was raised, milliseconds since 1970.</param>
/// <param name="Attempts">Which attempt this is, from 1.</param>
internal sealed record OutboxMessage(long Id, string Channel, string Body, long CreatedAt, int Attempts);
