using JamBox.Things.Ports;
using JamBox.Twin.Time;

namespace JamBox.Twin.Things;

/// <summary>One thing of the twin: who it is, and what becomes of it.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="Kind">thing or gateway.</param>
/// <param name="Product">What its firmware is for.</param>
/// <param name="Platform">The chip that it would be.</param>
/// <param name="Version">The version that it runs.</param>
/// <param name="Life">The share of the run after which its power goes; 1 = it stays.</param>
/// <param name="Outputs">What v0 to v4 are at the start.</param>
/// <param name="Values">What it measures.</param>
internal sealed record ThingRole(
    string DeviceId, string Kind, string Product, string Platform, string Version, double Life, int[] Outputs,
    IReadOnlyList<MeasuredValue> Values);

/// <summary>A value that a thing measures: a daily wave, a drift, a noise.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Mean">Its mean.</param>
/// <param name="Daily">How far a day takes it up and down; highest at three in the afternoon, UTC.</param>
/// <param name="Hourly">How far an hour takes it for good.</param>
/// <param name="Noise">Standard deviation of what each measurement is off.</param>
/// <param name="Least">Nothing is less.</param>
internal sealed record MeasuredValue(string Key, double Mean, double Daily, double Hourly, double Noise, double Least);

/// <summary>
/// Who plays: of each four a sensor, a clock, a sensor, a bell; the third has a battery that gives out, the seventh loses its power on the
/// way, and the last, where there are four, is a gateway.
/// </summary>
internal static class ThingCast
{
    private const int WithEmptyBattery = 2;
    private const int WithoutPower = 6;
    private const int FewestForGateway = 4;
    private const double LifeOfTheOneWithoutPower = 0.6;

    private static readonly string[] s_rooms =
        ["hall", "kitchen", "office", "store", "window", "cellar", "counter", "bakery", "yard", "roof"];

    /// <summary>Casts one.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="count">How many there are.</param>
    /// <returns>Its role.</returns>
    public static ThingRole Of(int index, int count)
    {
        string room = s_rooms[index % s_rooms.Length] + (index < s_rooms.Length ? "" : "-" + (1 + (index / s_rooms.Length)));
        double life = index == WithoutPower ? LifeOfTheOneWithoutPower : 1;
        if (index == count - 1 && count >= FewestForGateway)
        {
            return new ThingRole(
                "gateway-" + room, "gateway", "edge", "linux-arm64", "v1.2.0", 1, [1, 0, 0, 0, 0],
                [new("cpu_temperature", 52, 4, 0, 0.8, 0), new("modules", 6, 0, 0, 0, 0)]);
        }

        return (index % 4) switch
        {
            1 => new ThingRole(
                "clock-" + room, "thing", "clock", "esp32c3", "v1.2.3", life, [1, 60, 0, 0, 0],
                [new("temperature", 20.5 + (index * 0.3), 1.5, 0, 0.05, -40), new("light", 240, 230, 0, 6, 0)]),
            3 => new ThingRole(
                "bell-" + room, "thing", "bell", "esp12f", "v0.9.4", life, [0, 0, 0, 0, 0],
                [new("volume", 70, 0, 0, 0, 0), new("supply_v", 5.02, 0, 0, 0.02, 0)]),
            _ => new ThingRole(
                "sensor-" + room, "thing", "climate", "esp32", "v2.0.1", life, [0, 0, 0, 0, 0],
                [
                    new("temperature", 19 + (index * 0.7 % 8), 2.5, 0, 0.08, -40),
                    new("humidity", 48 - (index * 1.3 % 12), -5, 0, 0.4, 0),
                    index == WithEmptyBattery ? new("battery", 14, 0, -4.5, 0.1, 1) : new("battery", 96 - index, 0, -0.05, 0.05, 1),
                ]),
        };
    }
}

/// <summary>Measures what the role says, at the time that it is.</summary>
internal sealed class ThingSensors(ThingRole role, VirtualClock clock, SeededRandom random) : ISensors
{
    private const double DayMs = 86_400_000.0;
    private const double WarmestAt = 15.0 / 24;

    public int Count => role.Values.Count;

    public string KeyOf(int index) => role.Values[index].Key;

    public bool TryRead(int index, out double value)
    {
        MeasuredValue measured = role.Values[index];
        double day = (clock.UtcNowMs / DayMs) - WarmestAt;
        double wave = measured.Daily * Math.Cos(2 * Math.PI * (day - Math.Floor(day)));
        double drift = measured.Hourly * clock.NowMs / 3_600_000.0;
        double noise = measured.Noise == 0 ? 0 : measured.Noise * random.Gaussian();
        value = Math.Max(measured.Mean + wave + drift + noise, measured.Least);
        return true;
    }
}
