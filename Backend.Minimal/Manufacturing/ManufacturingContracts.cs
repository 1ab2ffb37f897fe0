using System.Text.Json.Serialization;

using JamBox.Backend.Firmware;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Manufacturing;

/// <summary>What is sent to make a batch.</summary>
internal sealed class BatchRequest
{
    /// <summary>The most devices of a batch.</summary>
    public const int MaxQuantity = 1000;

    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<BatchRequest> Fields = new(
        new TextField<BatchRequest>("board_type", static (r, v) => r.BoardType = v)
        {
            IsRequired = true,
            Pattern = SerialNumber.BoardPattern,
        },
        new TextField<BatchRequest>("board_version", static (r, v) => r.BoardVersion = v)
        {
            IsRequired = true,
            Pattern = SerialNumber.RevisionPattern,
        },
        new NumberField<BatchRequest>("quantity", 1, MaxQuantity, static (r, v) => r.Quantity = (int)v) { IsRequired = true },
        new TextField<BatchRequest>("product", static (r, v) => r.Product = v),
        new TextField<BatchRequest>("plan", static (r, v) => r.Plan = v),
        new TextField<BatchRequest>("outputs", static (r, v) => r.Outputs = v),
        new TextField<BatchRequest>("note", static (r, v) => r.Note = v),
        new TextField<BatchRequest>("ids", ["serial", "jbnb"], static (r, v) => r.Ids = v));

    /// <summary>The board, two capital letters, such as NB.</summary>
    [JsonPropertyName("board_type")]
    public string? BoardType { get; set; }

    /// <summary>Its revision, two digits.</summary>
    [JsonPropertyName("board_version")]
    public string? BoardVersion { get; set; }

    /// <summary>How many, 1 to 1,000.</summary>
    [JsonPropertyName("quantity")]
    public int Quantity { get; set; }

    /// <summary>What the firmware is for, at most 64 characters.</summary>
    [JsonPropertyName("product")]
    public string? Product { get; set; }

    /// <summary>The plan that they are sold with, at most 64 characters.</summary>
    [JsonPropertyName("plan")]
    public string? Plan { get; set; }

    /// <summary>What is wired to them, at most 64 characters.</summary>
    [JsonPropertyName("outputs")]
    public string? Outputs { get; set; }

    /// <summary>Anything, at most 64 characters.</summary>
    [JsonPropertyName("note")]
    public string? Note { get; set; }

    /// <summary>
    /// serial = the serial number is the device's id, as things have it; jbnb = JBNB and 4 digits, as boxes have it; unless said, what the
    /// board's devices have.
    /// </summary>
    [JsonPropertyName("ids")]
    public string? Ids { get; set; }
}

/// <summary>A device of a batch that was just made.</summary>
/// <param name="Serial">Its serial number.</param>
/// <param name="DeviceId">Its id.</param>
/// <param name="Pin">The PIN for its label: this is the only time that it is shown.</param>
internal sealed record NewlyMade(
    [property: JsonPropertyName("serial")] string Serial,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("pin")] string Pin);

/// <summary>A batch that was just made.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Devices">Its devices.</param>
internal sealed record NewBatch(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("devices")] IReadOnlyList<NewlyMade> Devices);

/// <summary>A batch.</summary>
internal sealed record BatchRow
{
    /// <summary>Its number.</summary>
    [JsonPropertyName("id")]
    public required long Id { get; init; }

    /// <summary>The board.</summary>
    [JsonPropertyName("board_type")]
    public required string BoardType { get; init; }

    /// <summary>Its revision.</summary>
    [JsonPropertyName("board_version")]
    public required string BoardVersion { get; init; }

    /// <summary>How many were made.</summary>
    [JsonPropertyName("quantity")]
    public required int Quantity { get; init; }

    /// <summary>The platform of their firmware.</summary>
    [JsonPropertyName("platform")]
    public required string Platform { get; init; }

    /// <summary>What it is for.</summary>
    [JsonPropertyName("product")]
    public required string? Product { get; init; }

    /// <summary>The plan.</summary>
    [JsonPropertyName("plan")]
    public required string? Plan { get; init; }

    /// <summary>What is wired to them.</summary>
    [JsonPropertyName("outputs")]
    public required string? Outputs { get; init; }

    /// <summary>Anything.</summary>
    [JsonPropertyName("note")]
    public required string? Note { get; init; }

    /// <summary>serial or jbnb.</summary>
    [JsonPropertyName("ids")]
    [Words("serial", "jbnb")]
    public required string Ids { get; init; }

    /// <summary>When it was made.</summary>
    [JsonPropertyName("made_at")]
    public required DateTime MadeAt { get; init; }

    /// <summary>Who made it.</summary>
    [JsonPropertyName("made_by")]
    public required string MadeBy { get; init; }

    /// <summary>How many of its devices are in each status.</summary>
    [JsonPropertyName("by_status")]
    public required SortedDictionary<string, int> ByStatus { get; init; }
}

/// <summary>A batch with its devices.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Devices">Its devices, in the order in which they were made.</param>
internal sealed record BatchDetail(
    [property: JsonPropertyName("batch")] BatchRow Batch,
    [property: JsonPropertyName("devices")] IReadOnlyList<MadeRow> Devices);

/// <summary>A device that a batch has made.</summary>
internal sealed record MadeRow
{
    /// <summary>Its number among all that were made.</summary>
    [JsonIgnore]
    public long Id { get; init; }

    /// <summary>Its serial number.</summary>
    [JsonPropertyName("serial")]
    public required string Serial { get; init; }

    /// <summary>Its id.</summary>
    [JsonPropertyName("device_id")]
    public required string DeviceId { get; init; }

    /// <summary>box or thing.</summary>
    [JsonPropertyName("kind")]
    [Words(Devices.DeviceKind.Box, Devices.DeviceKind.Thing)]
    public required string Kind { get; init; }

    /// <summary>Its batch.</summary>
    [JsonPropertyName("batch")]
    public required long Batch { get; init; }

    /// <summary>The board.</summary>
    [JsonPropertyName("hw_type")]
    public required string HwType { get; init; }

    /// <summary>Its revision.</summary>
    [JsonPropertyName("hw_version")]
    public required string HwVersion { get; init; }

    /// <summary>The platform of its firmware.</summary>
    [JsonPropertyName("platform")]
    public required string Platform { get; init; }

    /// <summary>What its firmware is for.</summary>
    [JsonPropertyName("product")]
    public required string? Product { get; init; }

    /// <summary>Where it is in its life.</summary>
    [JsonPropertyName("status")]
    [Words(typeof(Life))]
    public required string Status { get; init; }

    /// <summary>For whom it is.</summary>
    [JsonPropertyName("assigned_email")]
    public required string? AssignedEmail { get; init; }

    /// <summary>Their name.</summary>
    [JsonPropertyName("assigned_name")]
    public required string? AssignedName { get; init; }

    /// <summary>How many identities were made for its flash.</summary>
    [JsonPropertyName("images")]
    public required int Images { get; init; }

    /// <summary>When it was made.</summary>
    [JsonPropertyName("made_at")]
    public required DateTime MadeAt { get; init; }

    /// <summary>When it first spoke; null = not yet.</summary>
    [JsonPropertyName("provisioned_at")]
    public required DateTime? ProvisionedAt { get; init; }

    /// <summary>When it last spoke; null = never.</summary>
    [JsonPropertyName("last_seen_at")]
    public required DateTime? LastSeenAt { get; init; }
}

/// <summary>A device that a batch has made, with its steps.</summary>
/// <param name="Device">The device.</param>
/// <param name="Steps">Its steps, newest first, at most 100.</param>
/// <param name="Next">Where whoever asks may take it.</param>
internal sealed record MadeDetail(
    [property: JsonPropertyName("device")] MadeRow Device,
    [property: JsonPropertyName("steps")] IReadOnlyList<StepRow> Steps,
    [property: JsonPropertyName("next")] IReadOnlyList<string> Next);

/// <summary>A step in the life of a device.</summary>
/// <param name="At">When.</param>
/// <param name="Serial">The device.</param>
/// <param name="Who">Who took it: a key, a user, or the device itself.</param>
/// <param name="From">Its status before.</param>
/// <param name="To">Its status since.</param>
/// <param name="Why">Why, if anybody said.</param>
internal sealed record StepRow(
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("serial")] string Serial,
    [property: JsonPropertyName("who")] string Who,
    [property: JsonPropertyName("from")] string From,
    [property: JsonPropertyName("to")] string To,
    [property: JsonPropertyName("why")] string? Why);

/// <summary>What is sent to take a step.</summary>
internal sealed class StepRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<StepRequest> Fields = new(
        new TextField<StepRequest>("status", Life.All, static (r, v) => r.Status = v) { IsRequired = true },
        new TextField<StepRequest>("why", static (r, v) => r.Why = v));

    /// <summary>Where to.</summary>
    [JsonPropertyName("status")]
    public string? Status { get; set; }

    /// <summary>Why, at most 64 characters.</summary>
    [JsonPropertyName("why")]
    public string? Why { get; set; }
}

/// <summary>What is sent to say for whom a device is.</summary>
internal sealed class AssignRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<AssignRequest> Fields = new(
        new LongTextField<AssignRequest>("email", People.Email.MaxChars, static (r, v) => r.Address = v) { IsRequired = true },
        new TextField<AssignRequest>("name", static (r, v) => r.Name = v));

    /// <summary>Their mail address.</summary>
    [JsonPropertyName("email")]
    public string? Address { get; set; }

    /// <summary>Their name, at most 64 characters.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; set; }
}

/// <summary>For whom a device is now.</summary>
/// <param name="Device">The device.</param>
/// <param name="Invitation">The path of the invitation, where this server sends no mail: shown once, to be handed on.</param>
internal sealed record Assigned(
    [property: JsonPropertyName("device")] MadeRow Device,
    [property: JsonPropertyName("invitation")] string? Invitation);

/// <summary>What somebody sends who has bought a device.</summary>
internal sealed class ClaimRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ClaimRequest> Fields = new(
        new TextField<ClaimRequest>("serial", static (r, v) => r.Serial = v) { IsRequired = true },
        new TextField<ClaimRequest>("pin", static (r, v) => r.Pin = v) { IsRequired = true, Pattern = Devices.Pin.Pattern },
        new TextField<ClaimRequest>("location_name", static (r, v) => r.LocationName = v),
        new TextField<ClaimRequest>("timezone", static (r, v) => r.Timezone = v));

    /// <summary>The serial number on its label, or its id.</summary>
    [JsonPropertyName("serial")]
    public string? Serial { get; set; }

    /// <summary>The PIN on its label.</summary>
    [JsonPropertyName("pin")]
    public string? Pin { get; set; }

    /// <summary>Name of the place where it stands, at most 64 characters; its serial number unless said.</summary>
    [JsonPropertyName("location_name")]
    public string? LocationName { get; set; }

    /// <summary>IANA id of the place's time zone.</summary>
    [JsonPropertyName("timezone")]
    public string? Timezone { get; set; }
}

/// <summary>A device that is somebody's now.</summary>
/// <param name="Serial">Its serial number.</param>
/// <param name="DeviceId">Its id.</param>
/// <param name="PlaceId">The place that is theirs with it: its owner lets others in there.</param>
/// <param name="LocationName">Its name.</param>
/// <param name="Timezone">Its time zone.</param>
internal sealed record Claimed(
    [property: JsonPropertyName("serial")] string Serial,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("place_id")] long PlaceId,
    [property: JsonPropertyName("location_name")] string LocationName,
    [property: JsonPropertyName("timezone")] string Timezone);

/// <summary>The firmware for a board.</summary>
/// <param name="HwType">The board.</param>
/// <param name="HwVersion">Its revision.</param>
/// <param name="Platform">The platform.</param>
/// <param name="Product">What the release is for; null = only a build is there.</param>
/// <param name="Version">The newest version, or the one that was asked for: of a box the build's.</param>
/// <param name="Parts">What lies where in flash, by address.</param>
/// <param name="Identity">The partition for the identity; null = no partition table says where it is.</param>
/// <param name="Provisioning">
/// What sets the modem of a box up: flashed in the place of the deployment, before it. Null = none is uploaded, or the board needs none.
/// </param>
internal sealed record BoardFirmware(
    [property: JsonPropertyName("hw_type")] string HwType,
    [property: JsonPropertyName("hw_version")] string HwVersion,
    [property: JsonPropertyName("platform")] string Platform,
    [property: JsonPropertyName("product")] string? Product,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("parts")] IReadOnlyList<BoardPart> Parts,
    [property: JsonPropertyName("identity")] IdentityPartition? Identity,
    [property: JsonPropertyName("provisioning")] BoardPart? Provisioning);

/// <summary>A part of it.</summary>
/// <param name="Part">app, bootloader, partitions; of a box also deployment, and provisioning.</param>
/// <param name="Version">The version of the release or build that it is of.</param>
/// <param name="Address">Where it lies, bytes.</param>
/// <param name="Size">Its size, bytes.</param>
/// <param name="Room">Size of its partition, bytes; null = it has none, or no partition table is there.</param>
/// <param name="Sha256">Its SHA-256, 64 hex digits.</param>
internal sealed record BoardPart(
    [property: JsonPropertyName("part"), Words(typeof(BoardPart))] string Part,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("address")] long Address,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("room")] long? Room,
    [property: JsonPropertyName("sha256")] string Sha256)
{
    /// <summary>The build on a box's nanoCLR.</summary>
    public const string Deployment = "deployment";

    /// <summary>The build that sets the modem of a box up, in the place of the deployment.</summary>
    public const string Provisioning = "provisioning";

    /// <summary>All parts that there can be.</summary>
    public static readonly string[] All =
        [ReleasePart.App, ReleasePart.Bootloader, ReleasePart.Partitions, Deployment, Provisioning];
}

/// <summary>The partition for the identity of a device.</summary>
/// <param name="Partition">Its name.</param>
/// <param name="Address">Where it lies, bytes.</param>
/// <param name="Size">Its size, bytes.</param>
internal sealed record IdentityPartition(
    [property: JsonPropertyName("partition")] string Partition,
    [property: JsonPropertyName("address")] long Address,
    [property: JsonPropertyName("size")] long Size);

/// <summary>How manufacturing goes.</summary>
/// <param name="ByStatus">How many devices are in each status.</param>
/// <param name="Batches">The 20 newest batches.</param>
/// <param name="Activity">The 20 newest steps.</param>
/// <param name="LastActivityAt">When the newest of them was; null = none yet.</param>
/// <param name="Flashed">Devices for which an identity was made.</param>
/// <param name="FirstPass">Those of them that spoke after the first one.</param>
/// <param name="Yield">Their share, 0 to 1; null = none yet.</param>
/// <param name="SecondsPerDevice">Mean time from the first identity to the first word, s; null = none yet.</param>
/// <param name="Boards">The boards that batches can be made of.</param>
internal sealed record ManufacturingFigures(
    [property: JsonPropertyName("by_status")] SortedDictionary<string, int> ByStatus,
    [property: JsonPropertyName("batches")] IReadOnlyList<BatchRow> Batches,
    [property: JsonPropertyName("activity")] IReadOnlyList<StepRow> Activity,
    [property: JsonPropertyName("last_activity_at")] DateTime? LastActivityAt,
    [property: JsonPropertyName("flashed")] int Flashed,
    [property: JsonPropertyName("first_pass")] int FirstPass,
    [property: JsonPropertyName("yield")] double? Yield,
    [property: JsonPropertyName("seconds_per_device")] double? SecondsPerDevice,
    [property: JsonPropertyName("boards")] IReadOnlyList<string> Boards);

/// <summary>Serializers of manufacturing, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(BatchRequest))]
[JsonSerializable(typeof(NewBatch))]
[JsonSerializable(typeof(List<BatchRow>))]
[JsonSerializable(typeof(BatchDetail))]
[JsonSerializable(typeof(List<MadeRow>))]
[JsonSerializable(typeof(MadeDetail))]
[JsonSerializable(typeof(StepRequest))]
[JsonSerializable(typeof(AssignRequest))]
[JsonSerializable(typeof(Assigned))]
[JsonSerializable(typeof(ClaimRequest))]
[JsonSerializable(typeof(Claimed))]
[JsonSerializable(typeof(BoardFirmware))]
[JsonSerializable(typeof(LabelRequest))]
[JsonSerializable(typeof(ManufacturingFigures))]
internal sealed partial class ManufacturingJson : JsonSerializerContext;
