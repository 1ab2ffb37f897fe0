using System.Text.Json;
using System.Text.Json.Serialization;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Boxes;

/// <summary>How far a box of an enrolment is.</summary>
internal enum EnrolState
{
    /// <summary>No board yet.</summary>
    Waiting,

    /// <summary>A board was taken for it.</summary>
    Begun,

    /// <summary>It was heard.</summary>
    Done,

    /// <summary>It was set aside.</summary>
    SetAside,
}

/// <summary>A box of an enrolment.</summary>
internal sealed class EnrolledBox
{
    /// <summary>Its serial number.</summary>
    public required string Serial { get; init; }

    /// <summary>Its id.</summary>
    public required string DeviceId { get; init; }

    /// <summary>MAC address of the chip that it is, or is becoming; <c>null</c> = none yet.</summary>
    public string? Mac { get; set; }

    /// <summary>How far it is.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<EnrolState>))]
    public EnrolState State { get; set; }

    /// <summary>Why it was set aside; <c>null</c> = it was not.</summary>
    public string? Trouble { get; set; }
}

/// <summary>
/// A carton of boxes that is being enrolled: kept in a file of the bench after each step, so that it goes on after whatever broke it off.
/// No secret is in it.
/// </summary>
internal sealed class Enrolment
{
    private const string FileName = "enrolment.json";
    private const long MaxFileBytes = 4 * 1024 * 1024;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, RespectNullableAnnotations = true,
    };

    /// <summary>The server whose batch it is.</summary>
    public required Uri Server { get; init; }

    /// <summary>The batch.</summary>
    public required long Batch { get; init; }

    /// <summary>The boxes, in the order of the batch.</summary>
    public required List<EnrolledBox> Boxes { get; init; }

    /// <summary>Whether every box was heard.</summary>
    [JsonIgnore]
    public bool IsDone => Boxes.TrueForAll(static box => box.State == EnrolState.Done);

    /// <summary>The file of a bench.</summary>
    /// <param name="folder">The bench's folder.</param>
    /// <returns>Its path.</returns>
    public static string FileOf(string folder) => Path.Combine(folder, FileName);

    /// <summary>Reads the enrolment that is under way.</summary>
    /// <param name="folder">The bench's folder.</param>
    /// <returns>It; <c>null</c> when none is.</returns>
    /// <exception cref="BenchException">The file is there and cannot be read.</exception>
    public static Enrolment? Load(string folder)
    {
        string path = FileOf(folder);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            return new FileInfo(path).Length <= MaxFileBytes
                && JsonSerializer.Deserialize<Enrolment>(File.ReadAllText(path), s_json) is { Boxes.Count: > 0 } enrolment
                ? enrolment
                : throw new JsonException("it is no enrolment");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new BenchException(
                $"{path} cannot be read ({e.Message}): --new begins another enrolment, and leaves the batch of the old one to 'flash'",
                ExitCode.BadInput);
        }
    }

    /// <summary>Forgets the enrolment that is under way.</summary>
    /// <param name="folder">The bench's folder.</param>
    public static void Forget(string folder) => File.Delete(FileOf(folder));

    /// <summary>Looks whether it can be kept: before there is a batch that nobody would know of.</summary>
    /// <param name="folder">The bench's folder.</param>
    /// <param name="boxes">How many boxes.</param>
    /// <exception cref="BenchException">It cannot.</exception>
    public static void RequireRoom(string folder, int boxes)
    {
        const int BytesABox = 1000;
        string probe = FileOf(folder) + ".probe";
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(probe, new byte[boxes * BytesABox]);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(FileOf(folder), e);
        }
    }

    private static BenchException Unwritable(string path, Exception e) => new(
        $"{path} cannot be written ({e.Message.TrimEnd('.')}): make room there, or name another folder by {BenchLog.Variable}",
        ExitCode.BadInput);

    /// <summary>Keeps it: the file is the old one or the new one, whenever power goes.</summary>
    /// <param name="folder">The bench's folder.</param>
    /// <exception cref="BenchException">It cannot be written.</exception>
    public void Save(string folder)
    {
        string path = FileOf(folder);
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(path + ".new", JsonSerializer.Serialize(this, s_json));
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
    }

    /// <summary>
    /// Says which box a chip becomes: the one that it was begun as, else the next without a board, else one that was set aside.
    /// </summary>
    /// <param name="mac">MAC address of the chip.</param>
    /// <param name="setAside">Those that were set aside just now, which only their own boards are for.</param>
    /// <returns>The box; <c>null</c> when the chip is one already, or there is no box left.</returns>
    public EnrolledBox? BoxFor(string mac, IReadOnlySet<EnrolledBox> setAside)
    {
        if (Boxes.Find(box => box.Mac == mac) is { } known)
        {
            return known.State == EnrolState.Done ? null : known;
        }

        return Boxes.Find(static box => box.State == EnrolState.Waiting)
            ?? Boxes.Find(box => box.State is EnrolState.SetAside or EnrolState.Begun && !setAside.Contains(box));
    }
}
