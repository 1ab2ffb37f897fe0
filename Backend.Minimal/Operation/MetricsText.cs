using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace JamBox.Backend.Operation;

/// <summary>Gathers the meter's numbers and writes them as Prometheus text.</summary>
internal sealed class MetricsText : IDisposable
{
    /// <summary>Upper bounds of the buckets of seconds.</summary>
    private static readonly double[] s_seconds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1];

    /// <summary>Upper bounds of the buckets of counts.</summary>
    private static readonly double[] s_counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1024];

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, long> _counters = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (double[] Bounds, long[] Buckets, double Sum)> _histograms = new(StringComparer.Ordinal);

    /// <summary>Begins to gather.</summary>
    public MetricsText(BackendMetrics metrics)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (metrics.Owns(instrument))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>(Count);
        _listener.SetMeasurementEventCallback<double>(Record);
        _listener.Start();
    }

    /// <summary>Writes what was gathered since the start of the process.</summary>
    public void Write(StringBuilder text)
    {
        lock (_gate)
        {
            string last = "";
            foreach ((string name, long value) in _counters)
            {
                string family = name.Split('{')[0];
                text.Append(family == last ? "" : $"# TYPE {family} counter\n");
                last = family;
                text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
            }

            foreach ((string name, (double[] bounds, long[] buckets, double sum)) in _histograms)
            {
                text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} histogram\n");
                long seen = 0;
                for (int i = 0; i < buckets.Length; i++)
                {
                    seen += buckets[i];
                    string bound = i < bounds.Length ? bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{bound}\"}} {seen}\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"{name}_sum {sum}\n{name}_count {seen}\n");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Count(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        string name = tags.Length == 0 ? instrument.Name : $"{instrument.Name}{{{tags[0].Key}=\"{tags[0].Value}\"}}";
        lock (_gate)
        {
            _counters[name] = _counters.GetValueOrDefault(name) + value;
        }
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        lock (_gate)
        {
            if (!_histograms.TryGetValue(instrument.Name, out (double[] Bounds, long[] Buckets, double Sum) histogram))
            {
                double[] bounds = instrument.Unit == "s" ? s_seconds : s_counts;
                histogram = (bounds, new long[bounds.Length + 1], 0);
            }

            int bucket = Array.FindIndex(histogram.Bounds, bound => value <= bound);
            histogram.Buckets[bucket < 0 ? histogram.Bounds.Length : bucket]++;
            _histograms[instrument.Name] = (histogram.Bounds, histogram.Buckets, histogram.Sum + value);
        }
    }
}
