using System.Runtime.InteropServices;

namespace JamBox.Backend.Insights.Estimation;

/// <summary>Slots of one day on their way to a stretch.</summary>
internal sealed class SpanSum
{
    private readonly List<(long AtMs, double Error)> _below = [];
    private readonly List<(long AtMs, double Error)> _above = [];
    private int _slots;
    private double _listened;
    private double _people;
    private double _guests;
    private double _curveBelow;
    private double _curveAbove;
    private double _staff;
    private PeopleEstimate? _peak;

    /// <summary>
    /// By how much errors grow where only a share of the time has a figure: what is missing is taken for the mean of the rest.
    /// </summary>
    public static double Missing(double knownShare) => 1 / Math.Sqrt(Math.Clamp(knownShare, PlaceSignal.LeastCoverage, 1));

    /// <summary>Adds a slot.</summary>
    public void Add(in PeopleEstimate slot, double staff)
    {
        _slots++;
        _listened += slot.Coverage;
        if (slot.People is not PeopleRange people)
        {
            return;
        }

        // In a sum, what single values leave out on the average would add up.
        double mean = Math.Max(0, people.Value + slot.MeanError);
        _people += mean;
        _guests += Math.Max(0, mean - staff);
        _staff += staff;
        _curveBelow += slot.Parts.CurveBelow;
        _curveAbove += slot.Parts.CurveAbove;
        _below.Add((slot.StartMs, slot.Parts.OwnBelow));
        _above.Add((slot.StartMs, slot.Parts.OwnAbove));
        if (_peak is null || people.Value > _peak.Value.People!.Value.Value)
        {
            _peak = slot;
        }
    }

    /// <summary>The stretch.</summary>
    public SpanEstimate Result(long fromMs, long toMs)
    {
        double hours = _slots * (BoxSignal.SlotMs / 3_600_000.0);
        SpanEstimate none = new(fromMs, toMs, hours, _slots == 0 ? 0 : _listened / _slots, null, null, null);
        int known = _below.Count;

        // Slots that were listened to for half each are a quarter of the time together, if they are half of the slots.
        double least = _slots * PlaceSignal.LeastCoverage;
        if (known == 0 || known < least || _listened < least)
        {
            return none;
        }

        double missing = Missing((double)known / _slots);
        RangeParts parts = new(
            _curveBelow / known,
            _curveAbove / known,
            ErrorCorrelation.SumOfDay(CollectionsMarshal.AsSpan(_below)) / known * missing,
            ErrorCorrelation.SumOfDay(CollectionsMarshal.AsSpan(_above)) / known * missing);
        return none with
        {
            Parts = parts,
            Staff = _staff / known,
            Peak = _peak,
            Present = parts.Around(_people / known),
            Guests = parts.Around(_guests / known),
        };
    }
}
