using System.Globalization;
using System.Text;

namespace JamBox.CountingTruth.Tests;

/// <summary>
/// A file of counts out of a seed: a room that is empty but for some lessons a day, with about as many phones heard as people are there,
/// and days that are louder or quieter than others.
/// </summary>
internal static class MadeUpFile
{
    public const string Head = "position,start_local,i,u,immediate,near,far,remote,stronger_than_minus75,people";

    /// <summary>Writes it.</summary>
    /// <param name="seed">The same seed, the same file.</param>
    /// <param name="days">Days.</param>
    /// <param name="position">Name of the position.</param>
    public static string Make(int seed, int days = 11, string position = "1")
    {
        Random random = new(seed);
        StringBuilder text = new(Head + "\n");
        for (int day = 0; day < days; day++)
        {
            double loud = 0.7 + (0.6 * random.NextDouble());
            int first = random.Next(8, 12);
            int people = random.Next(6, 20);
            for (int slot = 0; slot < 288; slot += slot is >= 48 and < 84 ? 36 : 1)
            {
                int hour = slot / 12;
                int there = hour >= first && hour < first + 5 ? people : 0;
                int far = Chance(random, there * loud * 3) + Chance(random, hour is >= 7 and < 19 ? 3 : 0.2);
                int near = far / 3;
                int remote = Chance(random, hour is >= 7 and < 19 ? 20 : 2);
                DateTime start = new DateTime(2026, 3, 2).AddDays(day).AddMinutes(slot * 5);
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{position},{start:yyyy-MM-ddTHH:mm},{3 * (far + remote)},{far + remote},0,{near},{far - near},")
                    .Append(CultureInfo.InvariantCulture, $"{remote},{near},{there}.0\n");
            }
        }

        return text.ToString();
    }

    /// <summary>Rows of a text.</summary>
    public static List<TruthRow> Rows(string text) => TruthFile.Read(new StringReader(text));

    private static int Chance(Random random, double mean)
    {
        double spread = Math.Sqrt(mean) * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return Math.Max(0, (int)Math.Round(mean + spread));
    }
}
