using JamBox.Readings;

namespace JamBox.Uplink;

/// <summary>
/// Something that has requests to send. It knows neither the scheduler nor the other tasks: it says when it has something, sends one
/// request when it is asked to, and takes note of the answer itself, its own pause included.
/// </summary>
public interface IUplinkTask
{
    /// <summary>
    /// Gets its place in the order, one of <see cref="UplinkRank"/>: of those that are due the lowest goes first, as a rule.
    /// </summary>
    int Rank { get; }

    /// <summary>Tells whether it has a request to send now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>false</c> when it has none, or waits after a refusal.</returns>
    bool IsDue(long nowMs);

    /// <summary>
    /// Sends one request. A task that will have another one right behind it sets <see cref="HttpExchange.KeepOpen"/>, and never clears it.
    /// </summary>
    /// <param name="http">Requests.</param>
    /// <returns>
    /// The status, or one of <see cref="HttpError"/>; <see cref="HttpError.None"/> when there was nothing to send any more.
    /// </returns>
    int Send(HttpExchange http);
}

/// <summary>The order of the tasks. The heartbeat goes first because it brings the time, so that the first reading is dated.</summary>
public static class UplinkRank
{
    /// <summary>The heartbeat.</summary>
    public const int Heartbeat = 0;

    /// <summary>The configuration, so that the readings behind it bear the new one.</summary>
    public const int Configuration = 1;

    /// <summary>Readings, oldest first.</summary>
    public const int Reading = 2;

    /// <summary>Access points.</summary>
    public const int Geolocation = 3;

    /// <summary>The update.</summary>
    public const int Update = 4;
}

/// <summary>How something that a command asked for, and that takes a while, got on.</summary>
public enum TaskOutcome
{
    /// <summary>Nobody asked.</summary>
    None,

    /// <summary>It is not done yet.</summary>
    Pending,

    /// <summary>It is done.</summary>
    Done,

    /// <summary>It failed so often that the operator should know; it may still be tried.</summary>
    Failed,
}

/// <summary>Records that go with a heartbeat in one request of the compact wire.</summary>
public interface IReportPart
{
    /// <summary>Adds what is due, as far as there is room.</summary>
    /// <param name="report">The request, begun.</param>
    /// <returns>Whether there is more than there was room for.</returns>
    bool AddTo(CompactReport report);

    /// <summary>Hears what became of the request.</summary>
    /// <param name="report">Has the answer.</param>
    /// <param name="http">Has the seconds of Retry-After.</param>
    /// <param name="status">What <see cref="CompactReport.Post"/> gave.</param>
    void TakeResults(CompactReport report, HttpExchange http, int status);
}

/// <summary>
/// What rides along with every reading and every heartbeat, to the backend and back. The tasks that carry it do not know what it is about.
/// </summary>
public interface IPiggyback
{
    /// <summary>Gets what goes into the request.</summary>
    SendState State { get; }

    /// <summary>Finds out what the next request is to say. May wait for the modem.</summary>
    /// <param name="isHeartbeat">Whether it is a heartbeat, which also says how an update stands.</param>
    void Prepare(bool isHeartbeat);

    /// <summary>Takes note of a 2xx answer.</summary>
    /// <param name="http">Has the answer.</param>
    /// <param name="compact">The answer, when it is one of the compact wire; <c>null</c> for JSON.</param>
    /// <param name="isHeartbeat">Whether it was a heartbeat.</param>
    void TakeAnswer(HttpExchange http, CompactAnswer compact, bool isHeartbeat);
}
