using JamBox.App;
using JamBox.Ports;
using JamBox.Twin.Run;
using JamBox.Twin.Soak;

namespace JamBox.Twin.Ota;

/// <summary>At each boot what lies in deploy is the old image or the new one, to the last byte, and nothing else behind it.</summary>
internal sealed class ImageWatch(DeviceRun device, byte[] oldImage, byte[] newImage, Problems problems) : IBoxWatch
{
    private bool _hasConfirmed;

    /// <summary>Told of every boot.</summary>
    public Action? Booting { get; init; }

    /// <summary>Whether it is the new image that runs.</summary>
    public bool IsNew { get; private set; }

    /// <inheritdoc/>
    public void Booted(Box box)
    {
        byte[] deploy = device.Parts.Chip.Deploy.Content;
        IsNew = Holds(deploy, newImage);
        if (!IsNew && !Holds(deploy, oldImage))
        {
            problems.Add(device.VirtualMs, "the box boots what is neither the old image nor the new one");
        }

        Booting?.Invoke();
        SlotState state = device.Slots.State;
        bool isRefused = state == SlotState.Refused && !HasBadImageSectors;
        if (isRefused || state == SlotState.Failed || (_hasConfirmed && !IsNew))
        {
            problems.Add(device.VirtualMs, $"the boot copies ended with {state}, {device.Slots.Reason}, and the {(IsNew ? "new" : "old")} image runs");
        }
    }

    /// <inheritdoc/>
    public void Closed(ReadOnlySpan<int> fields)
    {
    }

    /// <inheritdoc/>
    public void Look(bool isLast)
    {
    }

    /// <inheritdoc/>
    public void Died(BoxDiedException death) => _hasConfirmed |= device.Slots.State == SlotState.Confirmed;

    // An image that cannot be read, or no room for the one before it: the old one runs on.
    private bool HasBadImageSectors => device.Parts.Chip.Stage.BadSectors + device.Parts.Chip.Previous.BadSectors > 0;

    private static bool Holds(ReadOnlySpan<byte> deploy, ReadOnlySpan<byte> image) =>
        deploy.StartsWith(image) && !deploy[image.Length..].ContainsAnyExcept((byte)0xFF);
}
