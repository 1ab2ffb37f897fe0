namespace JamBox.Bench.Server;

/// <summary>A device that a batch has made.</summary>
/// <param name="Serial">Its serial number.</param>
/// <param name="DeviceId">Its id.</param>
/// <param name="Kind">box or thing.</param>
/// <param name="Batch">Its batch.</param>
/// <param name="HwType">The board, two letters.</param>
/// <param name="HwVersion">Its revision, two digits.</param>
/// <param name="Product">What its firmware is for; <c>null</c> = the board's own.</param>
/// <param name="Status">manufactured, flashed, provisioned, sold, claimed, active, returned or scrapped.</param>
/// <param name="AssignedEmail">For whom it is; <c>null</c> = nobody yet.</param>
/// <param name="Images">How many identities were made for it.</param>
/// <param name="LastSeenAt">When it last spoke; <c>null</c> = never.</param>
internal sealed record MadeRow(
    string Serial, string DeviceId, string Kind, long Batch, string HwType, string HwVersion, string? Product, string Status,
    string? AssignedEmail, int Images, DateTimeOffset? LastSeenAt);

/// <summary>A device that a batch has made, with its life.</summary>
/// <param name="Device">The device.</param>
/// <param name="Next">Where whoever asks may take it.</param>
/// <param name="Steps">Its steps, newest first.</param>
internal sealed record MadeDetail(MadeRow Device, IReadOnlyList<string> Next, IReadOnlyList<StepRow> Steps);

/// <summary>A step in the life of a device.</summary>
/// <param name="At">When.</param>
/// <param name="Who">Who took it.</param>
/// <param name="From">Its status before.</param>
/// <param name="To">Its status since.</param>
/// <param name="Why">Why, if anybody said.</param>
internal sealed record StepRow(DateTimeOffset At, string Who, string From, string To, string? Why);

/// <summary>What makes a batch.</summary>
/// <param name="BoardType">The board, two letters.</param>
/// <param name="BoardVersion">Its revision, two digits.</param>
/// <param name="Quantity">How many, 1 to 1,000.</param>
/// <param name="Ids">jbnb: ids of boxes.</param>
/// <param name="Note">Anything; <c>null</c> = nothing.</param>
internal sealed record BatchRequest(string BoardType, string BoardVersion, int Quantity, string Ids, string? Note);

/// <summary>A batch that was just made.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Devices">Its devices, with PINs that are shown this once.</param>
internal sealed record NewBatch(long Id, IReadOnlyList<NewlyMade> Devices);

/// <summary>A device that was just made.</summary>
/// <param name="Serial">Its serial number.</param>
/// <param name="DeviceId">Its id.</param>
/// <param name="Pin">The PIN on its label.</param>
internal sealed record NewlyMade(string Serial, string DeviceId, string Pin);

/// <summary>A batch with its devices, in the order in which they were made.</summary>
/// <param name="Devices">The devices.</param>
internal sealed record BatchDetail(IReadOnlyList<MadeRow> Devices);

/// <summary>The firmware for a board, as the server has it.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Parts">What there is of it.</param>
/// <param name="Provisioning">The firmware of phase 1; <c>null</c> = there is none.</param>
internal sealed record BoardFirmware(string? Version, IReadOnlyList<BoardPart> Parts, BoardPart? Provisioning);

/// <summary>A part of it.</summary>
/// <param name="Part">bootloader, partitions, app (nanoCLR), deployment or provisioning.</param>
/// <param name="Sha256">Its SHA-256, 64 hex digits.</param>
/// <param name="Version">Its version.</param>
internal sealed record BoardPart(string Part, string Sha256, string? Version);
