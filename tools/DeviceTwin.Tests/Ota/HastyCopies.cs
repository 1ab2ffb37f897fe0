using JamBox.Boot;
using JamBox.Interop;

namespace JamBox.Twin.Tests.Ota;

/// <summary>Boot copies that take a swap that power interrupted for done: what the enumeration must notice.</summary>
internal sealed class HastyCopies : IBootCopies
{
    private readonly IBootCopies _model = BootCopies.Model;

    public string Name => "hasty";

    public BootResult Run(IBootFlash flash)
    {
        BootResult result = _model.Read(flash, out BootEntry entry);
        return result == BootResult.Ok && entry.State == BootState.Swapping
            ? BootRecords.Store(flash, entry with { State = BootState.Trial, TrialBoots = 1 })
            : _model.Run(flash);
    }

    public BootResult Read(IBootFlash flash, out BootEntry entry) => _model.Read(flash, out entry);

    public BootResult Install(IBootFlash flash, uint newLength, byte[] newHash, uint oldLength, byte[] oldHash) =>
        _model.Install(flash, newLength, newHash, oldLength, oldHash);

    public BootResult Confirm(IBootFlash flash) => _model.Confirm(flash);

    public BootResult RollBack(IBootFlash flash, BootReason reason) => _model.RollBack(flash, reason);
}
