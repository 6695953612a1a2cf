# What build.ps1 -Task Pack leaves: a folder that imports on a machine with a pwsh and nothing else, and a .nupkg of it that PowerShell installs.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')

    # Runs build.ps1 -Task Pack in a copy of a checkout. It packs what a build has left: here with a dotnet that does nothing, so that the module
    # under test stays as it is. XDG_DATA_HOME: PSResourceGet writes down its repositories there, and the user's stay as they are.
    function Invoke-TestPack {
        param([string] $Checkout)
        $tools = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'tools') -Force).FullName
        Set-Content -LiteralPath (Join-Path $tools 'dotnet') -Value '#!/bin/sh'
        & chmod 755 (Join-Path $tools 'dotnet')
        $data = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'data') -Force).FullName
        Invoke-FreshProcess -NoImport -Environment @{ PATH = "$tools$([IO.Path]::PathSeparator)$env:PATH"; XDG_DATA_HOME = $data } -Script "& '$Checkout/build.ps1' -Task Pack -Platform @()"
    }

    # A user without a past: repositories of packages and installed modules are a user's. Without a .config, NuGet writes to the current folder.
    function Get-NewUserEnvironment {
        param([string] $Name)
        $null = New-Item -ItemType Directory -Path (Join-Path $TestRoot "$Name/.config")
        @{ HOME = (Join-Path $TestRoot $Name); PSModulePath = ''; XDG_DATA_HOME = ''; XDG_CACHE_HOME = ''; XDG_CONFIG_HOME = ''; BACKUPPS_HOME = '' }
    }

    # The metadata of a .nupkg.
    function Get-Nuspec {
        param([string] $Path)
        $zip = [IO.Compression.ZipFile]::OpenRead($Path)
        try {
            $reader = [IO.StreamReader]::new($zip.GetEntry('BackupPS.nuspec').Open())
            ([xml]$reader.ReadToEnd()).package.metadata
        }
        finally { $zip.Dispose() }
    }

    # Path below a folder and hash of every file in it.
    function Get-RelativeState {
        param([string] $Path)
        Get-FolderState -Path $Path | Where-Object { $_ -notlike '*/' } | ForEach-Object { $_.Substring($Path.Length + 1) }
    }

    # The version as the manifest has it, with the name of a prerelease.
    function Get-ManifestVersion {
        param([string] $Path)
        $data = Import-PowerShellDataFile -LiteralPath $Path
        $prerelease = $data.PrivateData.PSData['Prerelease']
        if ($prerelease) { "$($data.ModuleVersion)-$prerelease" } else { $data.ModuleVersion }
    }
}

AfterAll { Clear-TestRoot }

Describe 'The manifest' {
    It 'passes Test-ModuleManifest without a word' {
        $info = Test-ModuleManifest -Path $Manifest -ErrorAction Stop -WarningVariable warning -WarningAction SilentlyContinue
        $warning | Should -BeNullOrEmpty
        $info.ExportedCmdlets.Count | Should -Be (Get-Command -Module BackupPS -CommandType Cmdlet).Count
        foreach ($needed in 'Author', 'CompanyName', 'Copyright', 'Description') { $info.$needed | Should -Not -BeNullOrEmpty -Because $needed }
    }

    It 'names only files that the package has' {
        $data = Import-PowerShellDataFile -LiteralPath $Manifest
        foreach ($file in @($data.RootModule) + $data.FormatsToProcess + $data.TypesToProcess) { Join-Path $ModuleRoot $file | Should -Exist }
    }
}

Describe 'The version' {
    It 'is the same in the manifest and in every assembly of ours' {
        $version = Get-ManifestVersion -Path $Manifest
        $assemblies = Get-ChildItem -LiteralPath (Join-Path $ModuleRoot 'module/lib') -Recurse -File -Include 'BackupPS*.dll'
        $assemblies.Name | Sort-Object -Unique | Should -Be 'BackupPS.dll', 'BackupPS.Engine.dll', 'BackupPS.Model.dll'
        foreach ($assembly in $assemblies) { $assembly.VersionInfo.ProductVersion -replace '\+.*' | Should -Be $version -Because $assembly.FullName }
    }

    It 'stands in the manifest alone: no project states one' {
        $folders = @($ModuleRoot) + ('src', 'tests', 'examples' | ForEach-Object { (Get-ChildItem -LiteralPath (Join-Path $ModuleRoot $_) -Directory).FullName })
        $projects = (Get-ChildItem -LiteralPath $folders -File | Where-Object Extension -In '.csproj', '.props', '.targets').FullName
        $projects.Count | Should -BeGreaterThan 5
        Select-String -LiteralPath $projects -Pattern '<(Assembly|File|Informational|Package)?Version(Prefix|Suffix)?>\s*\d' | Should -BeNullOrEmpty
    }

    It 'is in the changelog, or its changes stand there as unreleased' {
        $names = @(Select-String -LiteralPath (Join-Path $ModuleRoot 'CHANGELOG.md') -Pattern '^## \[?([^\]\s]+)' | ForEach-Object { $_.Matches[0].Groups[1].Value })
        $version = Get-ManifestVersion -Path $Manifest
        $names[0] | Should -BeIn 'Unreleased', $version
        # No release is newer than the manifest, and the newest stands first.
        $released = [semver[]]@($names -ne 'Unreleased')
        $released | Sort-Object -Descending | Should -Be $released
        if ($released) { [semver]$version | Should -BeGreaterOrEqual $released[0] }
    }
}

Describe 'What a package says of itself' -Skip:$IsWindows {
    BeforeAll {
        # As small as a checkout can be packed.
        $small = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'small')).FullName
        $null = New-Item -ItemType Directory -Path (Join-Path $small 'module/lib'), (Join-Path $small 'module/help')
        Copy-Item -LiteralPath (Join-Path $ModuleRoot 'build.ps1'), (Join-Path $ModuleRoot 'BackupPS.psd1') -Destination $small
        Get-ChildItem -LiteralPath (Join-Path $ModuleRoot 'module') -File | Copy-Item -Destination (Join-Path $small 'module')
        Copy-Item -LiteralPath (Join-Path $ModuleRoot 'module/lib/BackupPS.dll') -Destination (Join-Path $small 'module/lib')
        $text = [IO.File]::ReadAllText((Join-Path $small 'BackupPS.psd1')) -replace "(?m)^( +ModuleVersion += ).*", "`$1'9.8.7'" -replace '(?m)^ +Prerelease .*\n' -replace '(?m)^( +)PSData = @{', "`$0`n`$1    Prerelease = 'rc1'"
        [IO.File]::WriteAllText((Join-Path $small 'BackupPS.psd1'), $text)
    }

    It 'has the section of its version as release notes, whatever characters are in it' {
        $notes = "### Added`n- It's `"quoted``, `$HOME and `$(Get-Date), <a> & b`n'@`n- $([char]0x2019)typographic$([char]0x2019) ##, - [links](x)"
        Set-Content -LiteralPath (Join-Path $small 'CHANGELOG.md') -Value "# Changelog`n`n## Unreleased`n`n- Later.`n`n## [9.8.7-rc1] - 2026-01-02`n`n$notes`n`n## 9.8.6`n`n- Earlier."
        $packed = Invoke-TestPack -Checkout $small
        $packed.ErrorText | Should -BeNullOrEmpty
        $packed.ExitCode | Should -Be 0
        (Test-ModuleManifest -Path "$small/out/BackupPS/BackupPS.psd1").ReleaseNotes | Should -BeExactly $notes
        (Import-PowerShellDataFile -LiteralPath "$small/out/BackupPS/BackupPS.psd1").PrivateData.PSData.ReleaseNotes | Should -BeExactly $notes
        $metadata = Get-Nuspec -Path "$small/out/BackupPS.9.8.7-rc1.nupkg"
        $metadata.version | Should -Be '9.8.7-rc1'
        $metadata.releaseNotes -replace "`r" | Should -BeExactly $notes
    }

    It 'is not packed when the changelog says nothing of it, nor with an older package left beside it' {
        Set-Content -LiteralPath (Join-Path $small 'CHANGELOG.md') -Value "# Changelog`n`n## 9.8.6`n`n- Earlier."
        $packed = Invoke-TestPack -Checkout $small
        $packed.ExitCode | Should -Be 1
        $packed.ErrorText | Should -Match 'CHANGELOG\.md says nothing of version 9\.8\.7-rc1'
        Get-ChildItem -LiteralPath "$small/out" -Filter '*.nupkg' | Should -BeNullOrEmpty
    }
}

Describe 'The package' -Skip:$IsWindows {
    BeforeAll {
        $checkout = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'checkout')).FullName
        foreach ($part in 'build.ps1', 'BackupPS.psd1', 'module', 'en-US', 'LICENSE', 'THIRD-PARTY-NOTICES.txt', 'README.md', 'CHANGELOG.md') {
            $source = Join-Path $ModuleRoot $part
            if (Test-Path -LiteralPath $source) { Copy-Item -LiteralPath $source -Destination $checkout -Recurse }
        }
        $packed = Invoke-TestPack -Checkout $checkout
        # Elsewhere, and without the checkout that it came from.
        $package = Join-Path $TestRoot 'bare/BackupPS'
        $null = New-Item -ItemType Directory -Path (Join-Path $TestRoot 'bare')
        if (Test-Path -LiteralPath "$checkout/out/BackupPS") { Move-Item -LiteralPath "$checkout/out/BackupPS" -Destination $package }
        # A repository of packages is a folder with .nupkg files in it.
        $feed = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'feed')).FullName
        $version = Get-ManifestVersion -Path $Manifest
        $archive = Join-Path $feed "BackupPS.$version.nupkg"
        if (Test-Path -LiteralPath "$checkout/out/BackupPS.$version.nupkg") { Move-Item -LiteralPath "$checkout/out/BackupPS.$version.nupkg" -Destination $archive }
        Remove-Item -LiteralPath $checkout -Recurse
        $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    }

    It 'is packed without a word of trouble' {
        $packed.ErrorText | Should -BeNullOrEmpty
        $packed.ExitCode | Should -Be 0
        (Test-ModuleManifest -Path (Join-Path $package 'BackupPS.psd1')).Name | Should -Be 'BackupPS'
        foreach ($part in 'LICENSE', 'THIRD-PARTY-NOTICES.txt', 'README.md', 'CHANGELOG.md', 'module/lib/BackupPS.dll', 'module/lib/deps/BackupPS.Engine.dll') { Join-Path $package $part | Should -Exist }
        # Nothing of a build: no symbols' sources, no project, no test.
        Get-ChildItem -LiteralPath $package -Recurse -File -Include '*.cs', '*.csproj', '*.Tests.ps1', '*.dev.json' | Should -BeNullOrEmpty
    }

    It 'imports and works on a bare machine: no SDK, no package cache, an empty home, nothing on the PATH but pwsh' {
        $bare = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'bare/home'), (Join-Path $TestRoot 'bare/bin'))
        $pwsh = Join-Path $bare[1].FullName 'pwsh'
        $running = Get-RunningHost
        $program = @($running.Program) + $running.Leading
        if (-not $running.Leading) {
            $null = New-Item -ItemType SymbolicLink -Path $pwsh -Target $running.Program
            $program = @($pwsh)
        }
        $script = Join-Path $bare[0].FullName 'script.ps1'
        Set-Content -LiteralPath $script -Value @"
`$ErrorActionPreference = 'Stop'
Import-Module -Name BackupPS
`$vault = New-BackupRepository -Name vault -Path "`$HOME/vault" -KeyFile '$(Get-TestKeyFile)'
`$result = Invoke-Backup -LiteralPath '$tree' -Repository vault
(`$result | Test-BackupIntegrity -Level Data).Status
(`$result | Restore-Backup -Destination "`$HOME/restored" -Verify).FilesRestored
`$result | Out-String
Get-Command -Module BackupPS | Measure-Object | ForEach-Object Count
# Whatever is loaded comes with the package, with PowerShell or with its .NET.
`$places = '$package', `$PSHOME, [IO.Path]::GetFullPath((Join-Path ([Runtime.InteropServices.RuntimeEnvironment]::GetRuntimeDirectory()) '../..'))
foreach (`$assembly in [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object Location) {
    if (-not (`$places | Where-Object { `$assembly.Location.StartsWith(`$_, 'Ordinal') })) { "STRAY `$(`$assembly.Location)" }
}
"@
        # env -i: not even a HOME. A pwsh that brings no .NET along must be told where it is.
        $dotnet = @(Get-RuntimeVariable)
        $said = & env -i "PATH=$($bare[1].FullName)" "HOME=$($bare[0].FullName)" "PSModulePath=$(Split-Path $package)" @dotnet 'NO_COLOR=1' @program -NoProfile -NonInteractive -File $script 2>&1 | ForEach-Object { "$_" }
        $LASTEXITCODE | Should -Be 0 -Because ($said -join "`n")
        $said[0, 1] | Should -Be 'Passed', '6'
        $said -join "`n" | Should -Match '(?m)^\w{8} +Full +Complete '
        $said | Should -Contain "$((Get-Command -Module BackupPS).Count)"
        $said -match '^STRAY' | Should -BeNullOrEmpty
    }

    It 'is a .nupkg as well, with every file of the folder and what the manifest says' {
        $unpacked = Join-Path $TestRoot 'unpacked'
        [IO.Compression.ZipFile]::ExtractToDirectory($archive, $unpacked)
        $files = Get-RelativeState -Path $package
        $files.Count | Should -BeGreaterThan 20
        Get-RelativeState -Path $unpacked | Where-Object { $_ -notmatch '^(_rels/|package/|\[Content_Types\]\.xml |BackupPS\.nuspec )' } | Should -BeExactly $files
        $metadata = Get-Nuspec -Path $archive
        $data = Import-PowerShellDataFile -LiteralPath (Join-Path $package 'BackupPS.psd1')
        $metadata.id, $metadata.version, $metadata.description | Should -BeExactly 'BackupPS', $version, $data.Description
        $metadata.tags -split ' ' | Should -Be (@('PSModule') + $data.PrivateData.PSData.Tags)
        $metadata.releaseNotes | Should -Match '(?m)^- '
    }

    It 'is installed from a local repository by Install-PSResource, imports by name, backs up, verifies and restores' {
        $environment = Get-NewUserEnvironment -Name user
        $user = $environment.HOME
        $install = Invoke-FreshProcess -NoImport -Environment $environment -Script @"
`$ErrorActionPreference = 'Stop'
Register-PSResourceRepository -Name local -Uri '$feed'
Install-PSResource -Name BackupPS -Repository local -Prerelease -TrustRepository
(Get-InstalledPSResource -Name BackupPS).InstalledLocation
"@
        $install.ErrorText | Should -BeNullOrEmpty
        $install.ExitCode | Should -Be 0
        $installed = Join-Path $install.Output.Trim() "BackupPS/$(($version -split '-')[0])"
        $installed | Should -BeLike "$user/*"
        Get-RelativeState -Path $installed | Where-Object { $_ -notlike 'PSGetModuleInfo.xml *' } | Should -BeExactly (Get-RelativeState -Path $package)

        $use = Invoke-FreshProcess -NoImport -Environment $environment -Script @"
`$ErrorActionPreference = 'Stop'
Import-Module -Name BackupPS
(Get-Module -Name BackupPS).ModuleBase
(Get-Help -Name Invoke-Backup).Synopsis
`$null = New-BackupRepository -Name vault -Path "`$HOME/vault" -KeyFile '$(Get-TestKeyFile)'
`$result = Invoke-Backup -LiteralPath '$tree' -Repository vault
`$result.Status
(`$result | Test-BackupIntegrity -Level Data).Status
(`$result | Restore-Backup -Destination "`$HOME/restored" -Verify).FilesRestored
"@
        $use.ErrorText | Should -BeNullOrEmpty
        $use.ExitCode | Should -Be 0
        $use.Output.Trim() -split '\r?\n' | Should -Be $installed, (Get-Help -Name Invoke-Backup).Synopsis, 'Complete', 'Passed', '6'
        $restored = (Get-ChildItem -LiteralPath "$user/restored" -Recurse -Filter 'plain.txt').DirectoryName
        Get-RelativeState -Path $restored | Should -BeExactly (Get-RelativeState -Path $tree)
    }

    It 'is taken by Publish-PSResource, as a folder and as a .nupkg' {
        $environment = Get-NewUserEnvironment -Name author
        $author = $environment.HOME
        $null = New-Item -ItemType Directory -Path "$author/folders", "$author/archives"
        $publish = Invoke-FreshProcess -NoImport -Environment $environment -Script @"
`$ErrorActionPreference = 'Stop'
Register-PSResourceRepository -Name folders -Uri '$author/folders' -Trusted
Register-PSResourceRepository -Name archives -Uri '$author/archives' -Trusted
Publish-PSResource -Path '$package' -Repository folders
Publish-PSResource -NupkgPath '$archive' -Repository archives
Find-PSResource -Name BackupPS -Repository folders, archives -Prerelease | ForEach-Object { "`$(`$_.Repository) `$(`$_.Version) `$(`$_.Prerelease)".Trim() }
"@
        $publish.ErrorText | Should -BeNullOrEmpty
        $publish.ExitCode | Should -Be 0
        $found = $version -replace '-', ' '
        $publish.Output.Trim() -split '\r?\n' | Sort-Object | Should -Be "archives $found", "folders $found"
        # The folder's package says the same of itself.
        $published = Get-Nuspec -Path (Join-Path $author "folders/BackupPS.$version.nupkg")
        $published.OuterXml | Should -BeExactly (Get-Nuspec -Path $archive).OuterXml
    }
}
