using JamBox.Backend.Insights.Calibration;

namespace JamBox.Backend.Insights.Watch;

/// <summary>
/// Finds a box that is online and hears nothing. A shop that is closed hears little too, so "nothing" is held against what is heard there
/// when it is closed: only where even the nights are dead quiet, open days have to pass. A box that is off sends nothing, and is another
/// alert's.
/// </summary>
internal static class DeafWatch
{
    /// <summary>Quarters of nothing before anything is said: 2 h.</summary>
    private const int LeastQuarters = 8;

    /// <summary>
    /// Probe requests that would have come even if the place were closed. They come in bursts, so that it is far more than chance would
    /// need.
    /// </summary>
    private const double LeastIfClosed = 25;

    /// <summary>Probe requests that would have come if it were open.</summary>
    private const double LeastIfOpen = 30;

    /// <summary>Device-minutes of Bluetooth that would have come if it were open.</summary>
    private const double LeastBluetooth = 50;

    /// <summary>Open days of nothing where nights are dead quiet: holidays are two as a rule.</summary>
    private const int LeastOpenDays = 3;

    /// <summary>Open quarters in such a day: 4 h.</summary>
    private const int LeastOpenQuarters = 16;

    /// <summary>Weeks that the usual is of.</summary>
    private const long UsualMs = 28 * 24 * 3_600_000L;

    /// <summary>Judges a box.</summary>
    public static CountingVerdict Judge(WatchedBox box)
    {
        List<WatchedQuarter> silent = [];
        for (int i = box.Quarters.Count - 1; i >= 0 && box.Quarters[i].Probes == 0; i--)
        {
            if (box.Quarters[i].IsHeard)
            {
                silent.Add(box.Quarters[i]);
            }
        }

        if (silent.Count == 0)
        {
            return box.Quarters.Count == 0 ? CountingVerdict.Unknown : CountingVerdict.Fine;
        }

        silent.Reverse();
        int open = silent.Count(quarter => box.IsOpenIn(quarter));
        return silent.Count < LeastQuarters || open < LeastQuarters ? CountingVerdict.Unknown : JudgeSilence(box, silent);
    }

    private static CountingVerdict JudgeSilence(WatchedBox box, List<WatchedQuarter> silent)
    {
        long since = silent[0].StartAt;
        WatchedQuarter[] before = [.. box.Quarters.Where(quarter =>
            quarter.IsHeard && quarter.StartAt < since && quarter.StartAt >= since - UsualMs)];
        int openDays = silent.Where(quarter => box.IsOpenIn(quarter)).GroupBy(quarter => box.DayOf(quarter.StartAt))
            .Count(static day => day.Count() >= LeastOpenQuarters);
        Usual usual = Usual.Of(box, before, silent);
        if (usual.Bluetooth >= LeastBluetooth && usual.Bluetooth >= 2 * usual.BluetoothIfClosed && usual.Probes >= LeastIfOpen
            && silent.Sum(static quarter => quarter.Bluetooth) >= usual.Bluetooth / 2)
        {
            return Of(since, "it hears Bluetooth as always but no Wi-Fi: its Wi-Fi receiver has failed. Restart the box");
        }

        if (usual.ProbesIfClosed >= LeastIfClosed)
        {
            return Of(since, "less than when the place is closed: look at its antenna and at what stands around it, then restart it");
        }

        // Nothing was ever heard there: then there is no usual, and days must do.
        if (openDays >= LeastOpenDays && (before.Length == 0 || usual.Probes >= LeastIfOpen))
        {
            return Of(since, "for some open days now: look at its antenna and at what stands around it, then restart it. "
                + "If the place was closed, enter that with its opening hours");
        }

        return CountingVerdict.Unknown;
    }

    private static CountingVerdict Of(long since, string reason) =>
        CountingVerdict.Of(new CountingFault(CountingFault.NoCounts, since, StaleReason.Silent, reason));

    /// <summary>What would have come in the time of silence, as far as one knows: 0 where one does not.</summary>
    private readonly record struct Usual(double Probes, double ProbesIfClosed, double Bluetooth, double BluetoothIfClosed)
    {
        public static Usual Of(WatchedBox box, WatchedQuarter[] before, List<WatchedQuarter> silent)
        {
            ILookup<(DayOfWeek, int), WatchedQuarter> hours = before.ToLookup(quarter =>
                (box.DayOf(quarter.StartAt).DayOfWeek, box.HourOf(quarter.StartAt)));
            double probes = 0, bluetooth = 0;
            foreach (WatchedQuarter quarter in silent)
            {
                WatchedQuarter[] same = [.. hours[(box.DayOf(quarter.StartAt).DayOfWeek, box.HourOf(quarter.StartAt))]];
                probes += Robust.Median([.. same.Select(static q => (double)q.Probes)]) ?? 0;
                bluetooth += Robust.Median([.. same.Select(static q => (double)q.Bluetooth)]) ?? 0;
            }

            // The quietest quarter of the nights, so that a busy one does not make it look more.
            double[][] nights = [.. before.Where(quarter => box.IsQuietIn(quarter)).GroupBy(quarter => box.DayOf(quarter.StartAt))
                .Select(static night => new[]
                {
                    night.Average(static q => (double)q.Probes),
                    night.Average(static q => (double)q.Bluetooth),
                })];
            return new Usual(
                probes, Lower(nights, 0) * silent.Count, bluetooth, Lower(nights, 1) * silent.Count);
        }

        private static double Lower(double[][] nights, int which)
        {
            double[] sorted = [.. nights.Select(night => night[which]).Order()];
            return sorted.Length < 5 ? 0 : sorted[sorted.Length / 4];
        }
    }
}
