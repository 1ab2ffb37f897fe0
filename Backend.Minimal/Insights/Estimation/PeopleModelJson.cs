using System.Buffers;
using System.Text;
using System.Text.Json;

namespace JamBox.Backend.Insights.Estimation;

/// <summary>A model as JSON: names for what people look at, arrays for rows of numbers.</summary>
internal static class PeopleModelJson
{
    private static readonly JsonDocumentOptions s_strict = new() { MaxDepth = 8 };

    /// <summary>Writes a model.</summary>
    public static string Write(PeopleModel model)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("format", PeopleModel.FormatVersion);
            writer.WriteNumber("state", (int)model.State);
            writer.WriteNumber("present_counts", model.PresentCounts);
            writer.WriteNumber("door_counts", model.DoorCounts);
            writer.WriteNumber("count_days", model.CountDays);
            writer.WriteNumber("stay_hours", model.StayHours);
            writer.WriteNumber("stay_error", model.StayError);
            writer.WriteNumber("visitor_error", model.VisitorError);
            writer.WriteBoolean("stay_known", model.IsStayKnown);
            writer.WriteBoolean("visitors_known", model.AreVisitorsKnown);
            WriteBoxes(writer, model.Boxes);
            WriteCurve(writer, "now", model.Now);
            WriteCurve(writer, "history", model.History);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads a model.</summary>
    public static PeopleModel? Read(string json, out string? fault)
    {
        if (json.Length > PeopleModel.MostCharacters)
        {
            fault = $"longer than {PeopleModel.MostCharacters} characters";
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json, s_strict);
            Reader root = new(document.RootElement, "model");
            root.Integer("format", PeopleModel.FormatVersion, PeopleModel.FormatVersion);
            fault = null;
            return new PeopleModel
            {
                State = (CalibrationState)root.Integer("state", 0, 2),
                PresentCounts = root.Integer("present_counts", 0, 1_000_000),
                DoorCounts = root.Integer("door_counts", 0, 1_000_000),
                CountDays = root.Integer("count_days", 0, 1_000_000),
                StayHours = root.Number("stay_hours", 0.001, 1_000),
                StayError = root.Number("stay_error", 0, 5),
                VisitorError = root.Number("visitor_error", 0, 10),
                IsStayKnown = root.Flag("stay_known"),
                AreVisitorsKnown = root.Flag("visitors_known"),
                Boxes = ReadBoxes(root),
                Now = ReadCurve(root, "now"),
                History = ReadCurve(root, "history"),
            };
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            fault = error is JsonException ? $"not JSON: {error.Message}" : error.Message;
            return null;
        }
    }

    private static void WriteBoxes(Utf8JsonWriter writer, IReadOnlyList<PlaceBox> boxes)
    {
        writer.WriteStartArray("boxes");
        foreach (PlaceBox box in boxes)
        {
            writer.WriteStartObject();
            writer.WriteString("box", box.Box);
            writer.WriteNumber("share", box.Share);
            writer.WriteNumber("far", box.Baseline.Far);
            writer.WriteNumber("half_far", box.Baseline.HalfFar);
            writer.WriteNumber("near", box.Baseline.Near);
            writer.WriteNumber("samples", box.Baseline.Samples);
            writer.WriteBoolean("guessed", box.Baseline.IsGuessed);
            writer.WriteNumber("quiet_from", box.Baseline.QuietFromHour);
            writer.WriteNumber("drift", box.Baseline.DriftPerWeek);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteCurve(Utf8JsonWriter writer, string name, ModelCurve curve)
    {
        writer.WriteStartObject(name);
        writer.WriteStartArray("shapes");
        foreach (ModelShape shape in curve.Shapes)
        {
            Row(
                writer,
                (int)shape.Gate,
                shape.Window.BackMinutes,
                shape.Window.AheadMinutes,
                shape.Offset,
                shape.Power,
                shape.Scale,
                shape.ScaleError,
                shape.Weight);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("errors");
        foreach (ErrorBand band in curve.Bands)
        {
            Row(writer, band.From, band.Low, band.High, band.Mean);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Row(Utf8JsonWriter writer, params ReadOnlySpan<double> numbers)
    {
        writer.WriteStartArray();
        foreach (double number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }

    private static List<PlaceBox> ReadBoxes(Reader root)
    {
        List<PlaceBox> boxes = [];
        foreach (Reader box in root.Items("boxes", 0, PeopleModel.MostBoxes))
        {
            Baseline baseline = new(
                box.Number("far", 0, Baseline.MostLevel),
                box.Number("half_far", 0, Baseline.MostLevel),
                box.Number("near", 0, Baseline.MostLevel),
                box.Integer("samples", 0, 1_000_000_000),
                box.Flag("guessed"),
                box.Integer("quiet_from", 0, 23),
                box.Number("drift", -Baseline.MostLevel, Baseline.MostLevel));
            boxes.Add(new PlaceBox(box.Text("box", 64), baseline, box.Number("share", PlaceBox.LeastShare / 2, 1.0001)));
        }

        return boxes;
    }

    private static ModelCurve ReadCurve(Reader root, string name)
    {
        Reader curve = root.Member(name);
        List<ModelShape> shapes = [];
        foreach (Reader shape in curve.Items("shapes", 1, ModelCurve.MostShapes))
        {
            double[] row = shape.Row(8);
            shapes.Add(new ModelShape(
                (SignalGate)shape.Whole(row[0], 0, SignalGates.Count - 1),
                new SignalWindow(shape.Slots(row[1], 5), shape.Slots(row[2], 0)),
                shape.Within(row[3], 0, 100),
                shape.Within(row[4], 0.2, 1.5),
                shape.Within(row[5], 1e-6, 1e6),
                shape.Within(row[6], 0, 5),
                shape.Within(row[7], 0, 1.0001)));
        }

        if (Math.Abs(shapes.Sum(shape => shape.Weight) - 1) > 0.001)
        {
            throw new FormatException($"{name}: the weights do not add up to 1");
        }

        return new ModelCurve(shapes, ReadBands(curve, name));
    }

    private static List<ErrorBand> ReadBands(Reader curve, string name)
    {
        List<ErrorBand> bands = [];
        foreach (Reader band in curve.Items("errors", 1, ModelCurve.MostBands))
        {
            double[] row = band.Row(4);
            double low = band.Within(row[1], -20, 0);
            double high = band.Within(row[2], 0, 20);
            bands.Add(new ErrorBand(band.Within(row[0], 0, 1e6), low, high, band.Within(row[3], low, high)));
        }

        if (bands[0].From != 0 || bands.Zip(bands.Skip(1)).Any(pair => pair.First.From >= pair.Second.From))
        {
            throw new FormatException($"{name}: the bands of errors must begin at 0 and rise");
        }

        return bands;
    }

    /// <summary>An element with the name that faults give it.</summary>
    private readonly struct Reader(JsonElement element, string path)
    {
        public Reader Member(string name) =>
            element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member)
                ? new Reader(member, $"{path}.{name}")
                : throw new FormatException($"{path}.{name}: missing");

        public double Number(string name, double least, double most) => Member(name).Value(least, most);

        public int Integer(string name, int least, int most)
        {
            Reader member = Member(name);
            return member.Whole(member.Value(least, most), least, most);
        }

        public bool Flag(string name)
        {
            Reader member = Member(name);
            return member.Kind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => throw new FormatException($"{member.Path}: must be true or false"),
            };
        }

        public string Text(string name, int most)
        {
            Reader member = Member(name);
            string? text = member.Kind == JsonValueKind.String ? member.String : null;
            return text is { Length: > 0 } && text.Length <= most
                ? text
                : throw new FormatException($"{member.Path}: must be a text of 1 to {most} characters");
        }

        public List<Reader> Items(string name, int least, int most)
        {
            Reader member = Member(name);
            if (member.Kind != JsonValueKind.Array || member.Length < least || member.Length > most)
            {
                throw new FormatException($"{member.Path}: must be an array of {least} to {most}");
            }

            return member.Elements;
        }

        public double[] Row(int length)
        {
            if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() != length)
            {
                throw new FormatException($"{path}: must be {length} numbers");
            }

            return [.. Elements.Select(item => item.Value(double.MinValue, double.MaxValue))];
        }

        public double Within(double number, double least, double most) =>
            number >= least && number <= most
                ? number
                : throw new FormatException(FormattableString.Invariant($"{path}: {number} is not within {least} and {most}"));

        public int Whole(double number, int least, int most) =>
            Within(number, least, most) == Math.Floor(number) ? (int)number : throw new FormatException($"{path}: must be a whole number");

        public int Slots(double minutes, int least)
        {
            int whole = Whole(minutes, least, SignalWindow.MostMinutes);
            return whole % 5 == 0 ? whole : throw new FormatException($"{path}: a window must be a multiple of 5 minutes");
        }

        private JsonValueKind Kind => element.ValueKind;

        private string Path => path;

        private string? String => element.GetString();

        private int Length => element.GetArrayLength();

        private List<Reader> Elements
        {
            get
            {
                string name = path;
                return [.. element.EnumerateArray().Select((item, index) => new Reader(item, $"{name}[{index}]"))];
            }
        }

        private double Value(double least, double most) =>
            element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number)
                ? Within(number, least, most)
                : throw new FormatException($"{path}: must be a number");
    }
}
