using JamBox.Backend.Storage;

namespace JamBox.Backend.Insights.Figures;

/// <summary>Sums over the open quarters of a range: what is not about people but about phones.</summary>
internal sealed class RangeSums
{
    /// <summary>A phone that stays changes its Bluetooth address about every 15 minutes, and is heard in each of them.</summary>
    private const double MinutesPerAddress = 15;

    private const string Note =
        "Phones change their address, so that one that stays looks like several that leave: long stays are too few, short ones too many.";

    private const string Sql = """
        SELECT q.start_at, q.rssi_immediate, q.rssi_near, q.rssi_far, q.rssi_remote, q.dwell_0_1, q.dwell_1_5, q.dwell_5_10,
            q.dwell_10plus, q.ble_unique, q.ble_apple, q.baa, q.baa_ble_apple, q.baa_ble_unique
        FROM place_devices s CROSS JOIN quarters q
        WHERE s.place_id = $1 AND q.device_id = s.device_id AND q.start_at >= $2 AND q.start_at < $3
            AND q.start_at >= s.from_at AND (s.to_at IS NULL OR q.start_at < s.to_at)
        """;

    private const int Count = 13;

    private readonly long[] _sums = new long[Count];

    /// <summary>Where phones were.</summary>
    public ZoneFigures Zones
    {
        get
        {
            long inside = _sums[0] + _sums[1], all = inside + _sums[2] + _sums[3];
            return new ZoneFigures(_sums[0], _sums[1], _sums[2], _sums[3], Shares.Of(inside, all, Stayed));
        }
    }

    /// <summary>How long phones stayed.</summary>
    public StayFigures Stays => new(_sums[4], _sums[5], _sums[6], _sums[7], Note);

    /// <summary>
    /// Apple or other; null = no Bluetooth was heard. Where boxes tell phones in use from tags and speakers, those of Apple that are
    /// neither phone nor tablet nor watch are left out of both sides.
    /// </summary>
    public PhoneFigures? Phones
    {
        get
        {
            (long inUse, long company, long told) = (_sums[10], _sums[11], _sums[12]);
            long phones = told - (company - inUse);
            return Shares.Of(inUse, phones, phones / MinutesPerAddress) is { } apple ? new PhoneFigures(apple, "in_use")
                : Shares.Of(_sums[9], _sums[8], _sums[8] / MinutesPerAddress) is { } all ? new PhoneFigures(all, "company")
                : null;
        }
    }

    /// <summary>Stays that ended: about so many devices stand behind the device-minutes.</summary>
    private long Stayed => _sums[4] + _sums[5] + _sums[6] + _sums[7];

    /// <summary>Adds up a range.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">The place; begin and end, milliseconds since 1970; when it is open.</param>
    public static RangeSums Read(SqlSession session, (long PlaceId, long From, long Until, OpenTimes Open) wanted)
    {
        RangeSums sums = new();
        using SqlStatement row = session.Query(Sql, wanted.PlaceId, wanted.From, wanted.Until);
        while (row.Read())
        {
            long at = row.Int64(0);
            if (wanted.Open.IsOpen(at, at + SignalSql.QuarterMs))
            {
                for (int i = 0; i < Count; i++)
                {
                    sums._sums[i] += row.Int64(i + 1);
                }
            }
        }

        return sums;
    }
}
