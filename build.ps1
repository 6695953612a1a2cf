#!/usr/bin/env pwsh
#requires -Version 7.6

<#
.SYNOPSIS
    Builds, tests, analyses and packs BackupPS.
.DESCRIPTION
    Build    compiles the solution; module/lib and en-US are then complete, and BackupPS.psd1 imports from the checkout.
    Test     builds, analyses, and runs xunit and then Pester, each in a process of its own. It ends with one line of counts. Pester comes from NuGet. Where
             PSScriptAnalyzer is neither installed nor to be had, it says so.
    Analyze  runs PSScriptAnalyzer over every script; any finding fails.
    Pack     builds and leaves out/BackupPS, a folder that imports from anywhere, with no SDK and precompiled for six platforms, and out/BackupPS.<version>.nupkg
             of it, which Install-PSResource takes. The version is the manifest's; the release notes are those of CHANGELOG.md.
    Bench    measures BackupPS beside restic and borg and writes tests/Benchmarks/RESULTS.md. Linux; hours. See tests/Benchmarks/README.md.
    Soak     lets processes back up into one repository and remove from it, kills and stops them, and takes disk, power and clock away from them. Linux; with
             root, all of it. It ends with one line of figures, and fails on any defect.
    Clean    removes what the other tasks made.
.EXAMPLE
    ./build.ps1 -Task Build, Test
.EXAMPLE
    ./build.ps1 -Task Pack -Platform linux-x64 -OutputPath /srv/packages
.EXAMPLE
    ./build.ps1 -Task Bench -BenchOption '--sets tree --rounds 3'
.EXAMPLE
    ./build.ps1 -Task Soak -SoakMinutes 30
#>
[CmdletBinding()]
param(
    # Build, Test, Analyze, Pack, Bench, Soak, Clean: one or several, in this order. A shell or pwsh -File hands over "Build,Test" as one string.
    [ValidateScript({ -not ($_ -split ',' | Where-Object { $_.Trim() -notin 'Build', 'Test', 'Analyze', 'Pack', 'Bench', 'Soak', 'Clean' }) }, ErrorMessage = '"{0}" is no task. The tasks are Build, Test, Analyze, Pack, Bench, Soak and Clean.')]
    [ArgumentCompletions('Build', 'Test', 'Analyze', 'Pack', 'Bench', 'Soak', 'Clean')]
    [string[]] $Task = 'Build',

    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release',

    # Only Pester files with names like this, for work on one of them.
    [string] $Name,

    # Bench: options of the comparison, by blanks: '--sets tree --rounds 3'. With any, only the comparison runs, and then the report.
    [string] $BenchOption,

    # Pack: the platforms to precompile for. On any other the package runs, too, and is compiled as it runs. @(): for none.
    [AllowEmptyCollection()]
    [ValidateScript({ -not ($_ -split ',' | Where-Object { $_.Trim() -notin 'linux-x64', 'linux-arm64', 'linux-musl-x64', 'win-x64', 'osx-x64', 'osx-arm64' }) }, ErrorMessage = '"{0}" is no platform. The platforms are linux-x64, linux-arm64, linux-musl-x64, win-x64, osx-x64 and osx-arm64.')]
    [ArgumentCompletions('linux-x64', 'linux-arm64', 'linux-musl-x64', 'win-x64', 'osx-x64', 'osx-arm64')]
    [string[]] $Platform = @('linux-x64', 'linux-arm64', 'linux-musl-x64', 'win-x64', 'osx-x64', 'osx-arm64'),

    # Pack: where the folder and the .nupkg go; by default, out in the checkout.
    [string] $OutputPath = (Join-Path $PSScriptRoot 'out'),

    # Soak: how long new rounds begin.
    [double] $SoakMinutes = 5,

    # Soak: what a run that found a defect said of its seed; 0: another one each time.
    [int] $SoakSeed
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$root = $PSScriptRoot
$results = Join-Path $root 'TestResults'

function Assert-Tool {
    param([string] $Command, [string] $Advice)
    if (-not (Get-Command -Name $Command -ErrorAction Ignore)) { throw "'$Command' is not installed. $Advice" }
}

# The manifest of PSScriptAnalyzer: the installed one, or one that is saved below out. Nothing where it is neither there nor to be had.
function Find-Analyzer {
    $version = '1.24.0'
    $installed = Get-Module -ListAvailable -Name PSScriptAnalyzer | Where-Object Version -GE '1.22.0' | Select-Object -First 1
    if ($installed) { return $installed.Path }
    $modules = Join-Path $root 'out/modules'
    $manifest = Join-Path $modules "PSScriptAnalyzer/$version/PSScriptAnalyzer.psd1"
    if (-not (Test-Path -LiteralPath $manifest)) {
        $null = New-Item -ItemType Directory -Path $modules -Force
        # A process of its own, so that it can be ended: without a network, some machines wait for long.
        . (Join-Path $root 'tests/Cmdlets/RunningHost.ps1')
        $running = Get-RunningHost
        $save = "`$ProgressPreference = 'SilentlyContinue'; Save-PSResource -Name PSScriptAnalyzer -Version $version -Repository PSGallery -TrustRepository -Path '$($modules -replace "'", "''")'"
        $start = [System.Diagnostics.ProcessStartInfo]::new($running.Program, [string[]]($running.Leading + '-NoProfile', '-NonInteractive', '-Command', $save))
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        try {
            $null = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
            if (-not $process.WaitForExit(60000)) { $process.Kill($true) }
        }
        finally { $process.Dispose() }
    }
    if (Test-Path -LiteralPath $manifest) { $manifest }
}

# Names the programs and libraries of the system that tests use and that are not here.
function Show-AbsentTool {
    if ($IsWindows) { return }
    $absent = @(Get-Content -LiteralPath (Join-Path $root 'tests/tools.txt') | Where-Object { $_ -match '^[^#]' } | ForEach-Object {
            $program, $package = -split $_
            $there = if ($program -like '*.so.*') { -not $IsLinux -or [System.Runtime.InteropServices.NativeLibrary]::TryLoad($program, [ref][IntPtr]::Zero) } else { Get-Command -Name $program, "/usr/sbin/$program" -CommandType Application -ErrorAction Ignore }
            if (-not $there) { [pscustomobject]@{ Program = $program; Package = $package } }
        })
    if (-not $absent) { return }
    $advice = if (Get-Command -Name apt-get -CommandType Application -ErrorAction Ignore) { " Run: apt-get install -y --no-install-recommends $(($absent.Package | Sort-Object -Unique) -join ' ')" }
    Write-Warning "Not installed: $($absent.Program -join ', '). Tests that use them are skipped.$advice"
}

function Invoke-Dotnet {
    param([string] $Command, [string] $Configuration = $script:Configuration)
    Assert-Tool -Command dotnet -Advice 'Install the .NET 10 SDK: https://dotnet.microsoft.com/download'
    & dotnet $Command (Join-Path $root 'BackupPS.sln') --configuration $Configuration --nologo --verbosity quiet | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "dotnet $Command ended with exit code $LASTEXITCODE." }
}

function Invoke-Build {
    if (-not (Test-Path -LiteralPath (Join-Path $root 'module/lib/BackupPS.dll'))) { 'Building BackupPS. The first time takes about two minutes.' | Out-Host }
    Invoke-Dotnet -Command build
}

function Invoke-Analyze {
    param([string] $Analyzer = (Find-Analyzer))
    if (-not $Analyzer) { throw 'The module PSScriptAnalyzer is not installed and was not to be had. Run: Install-PSResource -Name PSScriptAnalyzer -TrustRepository' }
    Import-Module -Name $Analyzer
    $places = 'module', 'examples', 'tests', 'build.ps1', 'BackupPS.psd1' | ForEach-Object { Join-Path $root $_ } | Where-Object { Test-Path -LiteralPath $_ }
    $scripts = Get-ChildItem -LiteralPath $places -Recurse -File -Include '*.ps1', '*.psm1', '*.psd1' |
        Where-Object FullName -NotMatch '[\\/](bin|obj)[\\/]'
    $findings = foreach ($script in $scripts) {
        # Pester runs the blocks of one test in scopes that the rule cannot see into.
        $exempt = @(if ($script.Name -like '*.Tests.ps1') { 'PSUseDeclaredVarsMoreThanAssignments' })
        foreach ($settings in 'PSGallery', 'CmdletDesign') {
            Invoke-ScriptAnalyzer -Path $script.FullName -Settings $settings -ExcludeRule $exempt
        }
    }
    if ($findings) {
        foreach ($finding in $findings | Sort-Object ScriptPath, Line, RuleName -Unique) {
            Write-Output "$($finding.ScriptPath):$($finding.Line): $($finding.RuleName): $($finding.Message)" | Out-Host
        }
        throw "PSScriptAnalyzer has $(@($findings).Count) findings."
    }
}

function Invoke-Xunit {
    $folder = Join-Path $results 'xunit'
    if (Test-Path -LiteralPath $folder) { Remove-Item -LiteralPath $folder -Recurse -Force }
    & dotnet test (Join-Path $root 'BackupPS.sln') --configuration $Configuration --no-build --nologo --verbosity quiet --logger trx --results-directory $folder | Out-Host
    $exitCode = $LASTEXITCODE
    $count = [pscustomobject]@{ Passed = 0; Failed = 0; Skipped = 0 }
    foreach ($file in Get-ChildItem -LiteralPath $folder -Filter '*.trx' -ErrorAction Ignore) {
        $counters = ([xml](Get-Content -LiteralPath $file.FullName -Raw)).TestRun.ResultSummary.Counters
        $count.Passed += [int]$counters.passed
        $count.Failed += [int]$counters.failed
        $count.Skipped += [int]$counters.total - [int]$counters.executed
    }
    # A test host that died reports no failed test; it is one all the same.
    if ($exitCode -ne 0 -and $count.Failed -eq 0) { $count.Failed = 1 }
    $count
}

function Invoke-PesterSuite {
    # By its path: one of another version that is installed is not mixed in.
    $pester = & dotnet build (Join-Path $root 'tests/Modules') --nologo -t:Save -getProperty:PesterManifest
    if ($LASTEXITCODE -ne 0) { throw "Pester was not to be had: $pester" }
    . (Join-Path $root 'tests/Cmdlets/RunningHost.ps1')
    $running = Get-RunningHost
    $folder = Join-Path $results 'pester'
    $null = New-Item -ItemType Directory -Path $folder -Force
    $summary = Join-Path $folder 'summary.json'
    if (Test-Path -LiteralPath $summary) { Remove-Item -LiteralPath $summary }
    # A fresh process: an assembly, once loaded, stays, and the caller's session must not colour the tests.
    $leading = $running.Leading
    & $running.Program @leading -NoProfile -NonInteractive -File (Join-Path $root 'tests/Cmdlets/Invoke-Suite.ps1') -Pester "$pester" -Name "$Name" -Summary "$summary" | Out-Host
    $exitCode = $LASTEXITCODE
    $count = if (Test-Path -LiteralPath $summary) { Get-Content -LiteralPath $summary -Raw | ConvertFrom-Json } else { [pscustomobject]@{ Passed = 0; Failed = 1; Skipped = 0 } }
    if ($exitCode -ne 0 -and $count.Failed -eq 0) { $count.Failed = 1 }
    $count
}

function Invoke-Test {
    Show-AbsentTool
    Invoke-Build
    $analyzer = Find-Analyzer
    $analysis = $null
    if ($analyzer) { try { Invoke-Analyze -Analyzer $analyzer } catch { $analysis = $_ } }
    $counts = @(Invoke-Xunit; Invoke-PesterSuite)
    if (-not $analyzer) { Write-Warning 'The scripts were NOT ANALYSED: PSScriptAnalyzer is not installed, and PSGallery did not give it.' }
    if ($analysis) { Write-Error -ErrorRecord $analysis -ErrorAction Continue }
    $sum = @{}
    foreach ($outcome in 'Passed', 'Failed', 'Skipped') { $sum[$outcome] = ($counts | Measure-Object -Property $outcome -Sum).Sum }
    Write-Output "$($sum.Passed) passed, $($sum.Failed) failed, $($sum.Skipped) skipped"
    if ($sum.Failed -gt 0 -or $analysis) { $script:failed = $true }
}

# Puts the assemblies of the module, precompiled for a platform, into a package.
function Add-PrecompiledAssembly {
    param([string] $Package, [string] $Platform)
    $published = (New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "backupps-pack-$([guid]::NewGuid().ToString('N'))")).FullName
    try {
        & dotnet publish (Join-Path $root 'src/BackupPS.Package') --configuration $Configuration --runtime $Platform --output $published --nologo --verbosity quiet | Out-Host
        if ($LASTEXITCODE -ne 0) { throw "dotnet publish for $Platform ended with exit code $LASTEXITCODE." }
        $lib = Join-Path $Package 'module/lib'
        $target = New-Item -ItemType Directory -Path (Join-Path $lib "deps/r2r/$Platform") -Force
        # Native libraries stay where they are: they are the same, compiled ahead or not.
        foreach ($assembly in Get-ChildItem -LiteralPath $lib, (Join-Path $lib 'deps') -Filter '*.dll' -File) {
            Copy-Item -LiteralPath (Join-Path $published $assembly.Name) -Destination $target
        }
    }
    finally { Remove-Item -LiteralPath $published -Recurse -Force }
}

# What CHANGELOG.md says of a version; before its release, what it says under Unreleased.
function Get-ReleaseNote {
    param([string] $Path, [string] $Version)
    $sections = @{}
    foreach ($section in (Get-Content -LiteralPath $Path -Raw) -split '(?m)^## ' | Select-Object -Skip 1) {
        $heading, $text = $section -split '\r?\n', 2
        $sections[($heading -split '\s')[0].Trim('[', ']')] = "$text".Trim()
    }
    $name = $Version, 'Unreleased' | Where-Object { $sections.ContainsKey($_) } | Select-Object -First 1
    if (-not $name -or -not $sections[$name]) { throw "$Path says nothing of version $Version, neither under its number nor under Unreleased." }
    $sections[$name]
}

# Puts the release notes into the manifest of a package, in place of the string that stands there. Nothing else of the manifest changes.
function Add-ReleaseNote {
    param([string] $Manifest, [string] $Changelog)
    $data = Import-PowerShellDataFile -LiteralPath $Manifest
    $prerelease = $data.PrivateData.PSData['Prerelease']
    $version = if ($prerelease) { "$($data.ModuleVersion)-$prerelease" } else { $data.ModuleVersion }
    $note = [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent((Get-ReleaseNote -Path $Changelog -Version $version))
    $text = [IO.File]::ReadAllText($Manifest)
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($text, [ref]$null, [ref]$null)
    $pairs = $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.HashtableAst] }, $true).KeyValuePairs
    $place = ($pairs | Where-Object { $_.Item1.Extent.Text -eq 'ReleaseNotes' }).Item2.Extent
    [IO.File]::WriteAllText($Manifest, $text.Substring(0, $place.StartOffset) + "'$note'" + $text.Substring($place.EndOffset))
}

# Makes a .nupkg of a package, beside it, as Publish-PSResource does before it pushes: with the same checks and the same metadata.
function Compress-Package {
    param([string] $Package)
    Assert-Tool -Command Compress-PSResource -Advice 'PowerShell 7.6 brings it along, in Microsoft.PowerShell.PSResourceGet.'
    # PSResourceGet takes paths for patterns, and escaped ones for what they are not.
    if ([WildcardPattern]::ContainsWildcardCharacters($Package)) { throw "PSResourceGet packs no folder whose path has wildcard characters: $Package" }
    (Compress-PSResource -Path $Package -DestinationPath (Split-Path $Package) -PassThru).FullName
}

function Invoke-Pack {
    param([string[]] $Platform = $script:Platform)
    Invoke-Build
    $package = Join-Path $OutputPath 'BackupPS'
    if (Test-Path -LiteralPath $package) { Remove-Item -LiteralPath $package -Recurse -Force }
    $null = New-Item -ItemType Directory -Path $package -Force
    Get-ChildItem -LiteralPath (Split-Path $package) -Filter 'BackupPS.*.nupkg' | Remove-Item
    $parts = 'BackupPS.psd1', 'module', 'en-US', 'LICENSE', 'THIRD-PARTY-NOTICES.txt', 'README.md', 'CHANGELOG.md' | ForEach-Object { Join-Path $root $_ }
    Copy-Item -LiteralPath ($parts | Where-Object { Test-Path -LiteralPath $_ }) -Destination $package -Recurse
    # The topics are in en-US.
    Remove-Item -LiteralPath (Join-Path $package 'module/help') -Recurse
    foreach ($one in $Platform -split ',') { Add-PrecompiledAssembly -Package $package -Platform $one.Trim() }
    Add-ReleaseNote -Manifest (Join-Path $package 'BackupPS.psd1') -Changelog (Join-Path $root 'CHANGELOG.md')
    $archive = Compress-Package -Package $package
    Write-Output "Packed: $package"
    Write-Output "Packed: $archive"
}

function Invoke-Benchmark {
    param([string[]] $Argument)
    & dotnet run --configuration Release --project (Join-Path $root 'tests/Benchmarks') -- @Argument | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "The benchmark ended with exit code $LASTEXITCODE." }
}

function Invoke-Bench {
    # What is measured is what users run: the package, in a PowerShell that is precompiled as the shipped ones are.
    $script:Configuration = 'Release'
    $script:OutputPath = Join-Path $root 'out'
    $runtime = [System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier
    Invoke-Pack -Platform $runtime
    & dotnet publish (Join-Path $root 'tests/PowerShellHost') --output (Join-Path $root 'out/pwsh') --runtime $runtime -p:PublishReadyToRun=true --nologo --verbosity quiet | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "dotnet publish of the host ended with exit code $LASTEXITCODE." }
    Invoke-Benchmark -Argument (@('compare') + @(-split $BenchOption))
    if (-not $BenchOption) {
        Invoke-Benchmark -Argument 'index'
        Invoke-Benchmark -Argument 'startup'
        Invoke-Benchmark -Argument 'kernels'
    }
    Invoke-Benchmark -Argument 'report'
}

function Invoke-Soak {
    Invoke-Build
    $option = @('--minutes', $SoakMinutes.ToString([cultureinfo]::InvariantCulture))
    if ($SoakSeed) { $option += '--seed', "$SoakSeed" }
    & dotnet run --configuration $Configuration --no-build --project (Join-Path $root 'tests/Soak') -- @option | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "The soak ended with exit code $LASTEXITCODE." }
}

function Invoke-Clean {
    Invoke-Dotnet -Command clean
    foreach ($folder in 'out', 'module/lib', 'en-US', 'TestResults') {
        $path = Join-Path $root $folder
        if (Test-Path -LiteralPath $path) { Remove-Item -LiteralPath $path -Recurse -Force }
    }
}

$failed = $false
foreach ($one in $Task -split ',') {
    & "Invoke-$($one.Trim())"
    if ($failed) { exit 1 }
}
