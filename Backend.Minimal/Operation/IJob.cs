using JamBox.Backend.Summaries;

namespace JamBox.Backend.Operation;

/// <summary>Something that is done again and again.</summary>
internal interface IJob
{
    /// <summary>Time between two runs.</summary>
    TimeSpan Period { get; }

    /// <summary>Does what has gathered.</summary>
    /// <param name="stopping">Set when the process ends.</param>
    Task RunAsync(CancellationToken stopping);
}
