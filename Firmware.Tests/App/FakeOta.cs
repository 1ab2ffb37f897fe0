using JamBox.App;

namespace JamBox.Tests.App;

/// <summary>An update that counts who asks for it.</summary>
internal sealed class FakeOta : IOtaTrigger
{
    public int Checks { get; private set; }

    public bool CheckNow()
    {
        Checks++;
        return true;
    }
}
