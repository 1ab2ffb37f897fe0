using System.Diagnostics;

namespace JamBox.BackendBenchmark.Mqtt;

/// <summary>What was acknowledged, held against what is stored.</summary>
/// <param name="Acknowledged">Messages that were acknowledged.</param>
/// <param name="Lost">Those of them that are not stored.</param>
/// <param name="Doubled">Messages, acknowledged or not, that are stored more than once.</param>
internal sealed record Ledger(long Acknowledged, long Lost, long Doubled)
{
    private const int PollMs = 1000;

    /// <summary>Nothing more comes when nothing has come for so long: a backend that has just started must find its broker first.</summary>
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    /// <summary>Compares.</summary>
    /// <param name="load">A load that has ended.</param>
    /// <param name="boot">What its messages have in common.</param>
    /// <param name="storage">Where they should be, read past the backend.</param>
    public static Ledger Of(MqttLoad load, int boot, IStorage storage)
    {
        Dictionary<int, int> stored = [];
        foreach ((int one, int number) in Run.ReadTelemetry(storage))
        {
            if (one == boot)
            {
                stored[number] = stored.GetValueOrDefault(number) + 1;
            }
        }

        long acknowledged = 0, lost = 0;
        foreach (int number in load.Acknowledged)
        {
            acknowledged++;
            lost += stored.ContainsKey(number) ? 0 : 1;
        }

        return new Ledger(acknowledged, lost, stored.Values.LongCount(static times => times > 1));
    }

    /// <summary>
    /// The same when all is stored, or nothing more has come for a while: a broker hands on later than it acknowledges.
    /// </summary>
    public static async Task<Ledger> SettledAsync(MqttLoad load, int boot, IStorage storage)
    {
        long start = Stopwatch.GetTimestamp();
        long since = start;
        long before = -1;
        Ledger ledger = Of(load, boot, storage);
        while (ledger.Lost > 0 && Stopwatch.GetElapsedTime(since) < s_settled && Stopwatch.GetElapsedTime(start) < s_limit)
        {
            await Task.Delay(PollMs);
            long now = Run.CountTelemetry(storage);
            if (now != before)
            {
                (before, since) = (now, Stopwatch.GetTimestamp());
                ledger = Of(load, boot, storage);
            }
        }

        return ledger;
    }

    /// <summary>Writes a row of the table.</summary>
    public void Show(Table table, FormattableString what) =>
        table.Row(
            what, $"{Acknowledged} acknowledged, {Lost} lost, {Doubled} twice", "0 lost, 0 twice",
            Acknowledged > 0 && Lost == 0 && Doubled == 0);
}
